//! Where the plant is drawn: a picture of its own, as large as the space that the panels leave,
//! that the user interface then shows.
//!
//! So the plant can be drawn coarser than the text beside it (see [`quality`](super::quality)),
//! and need not be drawn again while only a panel changes: [`Redraw`] says when it must.

use bevy::asset::RenderAssetUsages;
use bevy::camera::{RenderTarget, visibility::RenderLayers};
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat, TextureUsages};
use bevy_egui::{
    EguiGlobalSettings, EguiPostUpdateSet, EguiTextureHandle, EguiUserTextures, PrimaryEguiContext,
    egui,
};

use super::framing::Part;
use super::quality::ShownQuality;
use super::{ViewerSystems, theme};

/// The camera that draws the plant.
#[derive(Component, Debug)]
pub struct PlantCamera;

/// The picture of the plant, and where on the screen it is.
#[derive(Resource, Clone, Debug)]
pub struct Viewport {
    /// The picture.
    pub image: Handle<Image>,
    /// For egui.
    pub texture: egui::TextureId,
    /// Where it is shown, in points.
    pub rect: egui::Rect,
    /// Pixels per point.
    pub pixels_per_point: f32,
    /// Where the legend floats over it, in points.
    pub legend: Option<egui::Rect>,
    size: UVec2,
}

impl Default for Viewport {
    fn default() -> Self {
        Self {
            image: Handle::default(),
            texture: egui::TextureId::default(),
            rect: egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1280.0, 720.0)),
            pixels_per_point: 1.0,
            legend: None,
            size: UVec2::ZERO,
        }
    }
}

impl Viewport {
    /// The part of the picture that the legend leaves free: above it or to its right, whichever is
    /// more.
    pub fn clear(&self) -> Part {
        let Some(legend) = self.legend else {
            return Part::WHOLE;
        };
        let above = self.rect.with_max_y(legend.top());
        let beside = self.rect.with_min_x(legend.right());
        let clear = if above.area() >= beside.area() {
            above
        } else {
            beside
        };
        let half = self.rect.size() / 2.0;
        // Where the legend is nearly all there is, it may as well be covered.
        if !clear.is_positive() || clear.area() < 0.4 * self.rect.area() {
            return Part::WHOLE;
        }
        Part {
            centre: Vec2::new(
                (clear.center().x - self.rect.center().x) / half.x,
                (self.rect.center().y - clear.center().y) / half.y,
            ),
            half: Vec2::new(
                clear.width() / self.rect.width(),
                clear.height() / self.rect.height(),
            ),
        }
    }

    /// The part of the picture that the legend covers, out to its lower left corner.
    pub fn covered(&self) -> Option<Part> {
        let legend = self.legend?.intersect(self.rect);
        let half = self.rect.size() / 2.0;
        if !legend.is_positive() {
            return None;
        }
        let right = (legend.right() - self.rect.center().x) / half.x;
        let top = (self.rect.center().y - legend.top()) / half.y;
        Some(Part {
            centre: Vec2::new((right - 1.0) / 2.0, (top - 1.0) / 2.0),
            half: Vec2::new((right + 1.0) / 2.0, (top + 1.0) / 2.0),
        })
    }

    /// Width divided by height.
    pub fn aspect(&self) -> f32 {
        (self.rect.width() / self.rect.height().max(1.0)).clamp(0.1, 10.0)
    }
}

/// Where a run without a window draws the whole screen: plant and panels.
#[derive(Resource, Clone, Debug)]
pub struct OffScreenTarget(pub Handle<Image>);

/// Size of the picture without a window, pixels.
#[derive(Resource, Clone, Copy, Debug)]
pub struct OffScreenSize(pub UVec2);

/// Whether the plant must be drawn again, and whether more frames must follow by themselves.
///
/// Each system that moves, colours or shows something says so here; the camera rests otherwise.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Redraw {
    scene_frames: u8,
    is_moving: bool,
    was_moving: bool,
    is_held: bool,
}

impl Default for Redraw {
    fn default() -> Self {
        Self {
            scene_frames: Self::SETTLE,
            is_moving: false,
            was_moving: false,
            is_held: false,
        }
    }
}

impl Redraw {
    /// Frames drawn after a change: extraction and visibility lag by one each.
    const SETTLE: u8 = 3;

    /// The plant looks different now.
    pub fn scene(&mut self) {
        self.scene_frames = Self::SETTLE;
    }

    /// Something moves: draw, and come back soon.
    pub fn moving(&mut self) {
        self.scene();
        self.is_moving = true;
    }

    /// Nothing moves yet, but will without a new sample: come back soon.
    pub fn waits(&mut self) {
        self.is_moving = true;
    }

    /// Draws nothing, whatever changes, until it is let go: nobody looks.
    pub const fn hold(&mut self, is_held: bool) {
        self.is_held = is_held;
    }

    /// Whether something moved in the last frame, or a picture is still due.
    pub const fn is_moving(&self) -> bool {
        self.was_moving || self.scene_frames > 0
    }

    /// Whether the plant is drawn in this frame.
    pub const fn is_scene_due(&self) -> bool {
        self.scene_frames > 0 && !self.is_held
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Viewport>()
        .init_resource::<Redraw>()
        .add_systems(Startup, spawn_cameras)
        .add_systems(
            Update,
            (resize, rest).chain().in_set(ViewerSystems::Overlay),
        )
        .add_systems(First, begin_frame)
        // What egui changed in its textures reaches the renderer in the same frame: otherwise a
        // glyph that is drawn for the first time is missing for one.
        .configure_sets(
            PostUpdate,
            EguiPostUpdateSet::PostProcessOutput.before(bevy::asset::AssetEventSystems),
        )
        // The panels decide where the plant is and what the mouse does to the camera: before
        // anything is computed from the camera.
        .configure_sets(
            PostUpdate,
            EguiPostUpdateSet::EndPass
                .before(bevy::transform::TransformSystems::Propagate)
                .before(bevy::camera::CameraUpdateSystems),
        );
}

fn begin_frame(mut redraw: ResMut<Redraw>) {
    redraw.was_moving = std::mem::take(&mut redraw.is_moving);
}

/// A picture to draw into.
pub(super) fn target_image(size: UVec2) -> Image {
    let mut image = Image::new_fill(
        Extent3d {
            width: size.x.max(1),
            height: size.y.max(1),
            depth_or_array_layers: 1,
        },
        TextureDimension::D2,
        &[214, 218, 222, 255],
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::default(),
    );
    // Drawn coarser than the screen at low quality: to be smoothed, whatever the app's default.
    image.sampler = bevy::image::ImageSampler::linear();
    image.texture_descriptor.usage = TextureUsages::TEXTURE_BINDING
        | TextureUsages::COPY_DST
        | TextureUsages::COPY_SRC
        | TextureUsages::RENDER_ATTACHMENT;
    image
}

fn spawn_cameras(
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    mut viewport: ResMut<Viewport>,
    textures: Option<ResMut<EguiUserTextures>>,
    settings: Option<ResMut<EguiGlobalSettings>>,
    off_screen: Option<Res<OffScreenSize>>,
) {
    if let Some(mut settings) = settings {
        settings.auto_create_primary_context = false;
    }
    viewport.size = UVec2::new(640, 360);
    viewport.image = images.add(target_image(viewport.size));
    if let Some(mut textures) = textures {
        viewport.texture = textures.add_image(EguiTextureHandle::Strong(viewport.image.clone()));
    }
    commands.spawn((
        PlantCamera,
        bevy::camera::ShadowLodOrigin,
        Camera3d::default(),
        Camera {
            order: -1,
            clear_color: ClearColorConfig::Custom(theme::LIGHT.background.bevy()),
            ..default()
        },
        RenderTarget::from(viewport.image.clone()),
        Msaa::Off,
        super::light::TONE_MAPPING,
        Transform::default(),
    ));
    let mut screen = commands.spawn((
        PrimaryEguiContext,
        Camera2d,
        Camera {
            order: 0,
            clear_color: ClearColorConfig::Custom(theme::LIGHT.panel.bevy()),
            ..default()
        },
        Msaa::Off,
        RenderLayers::none(),
    ));
    if let Some(size) = off_screen {
        let target = images.add(target_image(size.0));
        screen.insert(RenderTarget::from(target.clone()));
        commands.insert_resource(OffScreenTarget(target));
    }
}

/// Gives the picture the size of the space it has.
fn resize(
    mut viewport: ResMut<Viewport>,
    quality: Res<ShownQuality>,
    mut images: ResMut<Assets<Image>>,
    mut redraw: ResMut<Redraw>,
) {
    let pixels = viewport.rect.size() * viewport.pixels_per_point;
    let scale = viewport.pixels_per_point * quality.preset().scale(pixels.x, pixels.y);
    let size = UVec2::new(
        (viewport.rect.width() * scale).round().clamp(16.0, 8192.0) as u32,
        (viewport.rect.height() * scale).round().clamp(16.0, 8192.0) as u32,
    );
    if size == viewport.size {
        return;
    }
    if let Some(mut image) = images.get_mut(&viewport.image) {
        viewport.size = size;
        *image = target_image(size);
        redraw.scene();
    }
}

/// Lets the camera of the plant rest while its picture is right.
fn rest(mut redraw: ResMut<Redraw>, mut cameras: Query<&mut Camera, With<PlantCamera>>) {
    let is_due = redraw.is_scene_due();
    for mut camera in &mut cameras {
        if camera.is_active != is_due {
            camera.is_active = is_due;
        }
    }
    if is_due {
        redraw.scene_frames -= 1;
    }
}
