//! How widgets look: the theme's colours and sizes given to egui.

use bevy_egui::egui;

use crate::command::Theme;
use crate::twin::Mode;
use crate::viewer::theme::{self, Palette};

/// Gives egui fonts and the sizes of things; once.
pub fn set_up(ctx: &egui::Context) {
    let mut fonts = egui::FontDefinitions::default();
    egui_phosphor::add_to_fonts(&mut fonts, egui_phosphor::Variant::Regular);
    ctx.set_fonts(fonts);
    ctx.options_mut(|options| {
        // A frame may take a second on a software driver: a press and its release are a click
        // however many frames lie between them.
        options.input_options.max_click_duration = 3.0;
        options.input_options.max_double_click_delay = 0.5;
        // The size is the twin's to know: it is asked for by commands.
        options.zoom_with_keyboard = false;
    });
    ctx.all_styles_mut(|style| {
        use egui::TextStyle::{Body, Button, Heading, Monospace, Small};
        for (name, size) in [
            (Small, theme::TEXT_SIZE_SMALL),
            (Body, theme::TEXT_SIZE),
            (Button, theme::TEXT_SIZE),
            (Heading, theme::TEXT_SIZE_HEADING),
        ] {
            style
                .text_styles
                .insert(name, egui::FontId::proportional(size));
        }
        style
            .text_styles
            .insert(Monospace, egui::FontId::monospace(theme::TEXT_SIZE_SMALL));
        style.spacing.item_spacing = egui::vec2(theme::SPACE_M - 2.0, theme::SPACE_S);
        style.spacing.button_padding = egui::vec2(theme::SPACE_M - 1.0, theme::SPACE_S - 1.0);
        style.spacing.scroll = egui::style::ScrollStyle::thin();
        // It fades through black, which is dirt on a light panel.
        style.spacing.scroll.fade.strength = 0.0;
        style.interaction.selectable_labels = false;
        style.animation_time = 0.08;
    });
}

/// Gives egui the colours of a theme.
pub fn put_on(ctx: &egui::Context, chosen: Theme) {
    theme::put_on(ctx, chosen);
    let base = match chosen {
        Theme::Light => egui::Theme::Light,
        Theme::Dark | Theme::HighContrast => egui::Theme::Dark,
    };
    ctx.set_theme(base);
    let visuals = visuals(base, chosen);
    ctx.all_styles_mut(|style| style.visuals = visuals.clone());
}

/// Lays out every letter that is likely to be needed: a glyph that is drawn for the first time can
/// be missing for one frame, and a digit must not.
pub fn warm_up(ctx: &egui::Context) {
    let letters: String = (' '..='~')
        .chain("°µ²³·–…‥›×−←→↑↓ÄÖÜäöüß\u{202f}".chars())
        .collect();
    let painter = ctx.layer_painter(egui::LayerId::background());
    let ink = theme::of(ctx).text.egui();
    let sizes = [
        theme::TEXT_SIZE,
        theme::TEXT_SIZE_SMALL,
        theme::TEXT_SIZE_HEADING,
        theme::TEXT_SIZE_TITLE,
    ];
    for size in sizes {
        let font = egui::FontId::proportional(size);
        let _ = painter.layout_no_wrap(letters.clone(), font, ink);
    }
    let font = egui::FontId::monospace(theme::TEXT_SIZE_SMALL);
    let _ = painter.layout_no_wrap(letters, font, ink);
}

fn visuals(base: egui::Theme, chosen: Theme) -> egui::Visuals {
    let palette = Palette::of(chosen);
    let mut visuals = base.default_visuals();
    let rounding = egui::CornerRadius::same(theme::ROUNDING);
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(palette.text_weak.egui());
    visuals.panel_fill = palette.panel.egui();
    visuals.window_fill = palette.panel.egui();
    visuals.window_stroke = egui::Stroke::new(1.0, palette.line.egui());
    visuals.window_corner_radius = rounding;
    visuals.menu_corner_radius = rounding;
    visuals.extreme_bg_color = palette.field.egui();
    visuals.text_edit_bg_color = Some(palette.field.egui());
    visuals.faint_bg_color = palette.panel.mix(palette.hover, 0.35).egui();
    visuals.selection.bg_fill = palette.chosen.egui();
    visuals.selection.stroke = egui::Stroke::new(1.0, palette.text.egui());
    visuals.hyperlink_color = palette.selection.egui();
    visuals.warn_fg_color = palette.text.egui();
    let widgets = &mut visuals.widgets;
    // With high contrast every button has an edge, for its ground hardly differs.
    let edge = if chosen == Theme::HighContrast {
        1.0
    } else {
        0.0
    };
    let all = [
        (&mut widgets.noninteractive, palette.panel, 1.0),
        (&mut widgets.inactive, palette.hover, edge),
        (&mut widgets.hovered, palette.chosen, edge),
        (&mut widgets.active, palette.chosen, 1.0),
        (&mut widgets.open, palette.chosen, edge),
    ];
    for (widget, fill, edge) in all {
        widget.bg_fill = fill.egui();
        widget.weak_bg_fill = fill.egui();
        widget.fg_stroke = egui::Stroke::new(1.0, palette.text.egui());
        widget.bg_stroke = egui::Stroke::new(edge, palette.line.egui());
        widget.corner_radius = rounding;
        widget.expansion = 0.0;
    }
    visuals
}

/// Around the top bar.
pub fn bar_frame(ctx: &egui::Context, mode: Mode) -> egui::Frame {
    egui::Frame::new()
        .fill(theme::of(ctx).top_bar(mode).ground.egui())
        .inner_margin(egui::Margin::symmetric(10, 6))
}

/// Around the status bar.
pub fn status_frame(ctx: &egui::Context) -> egui::Frame {
    egui::Frame::new()
        .fill(theme::of(ctx).panel.egui())
        .inner_margin(egui::Margin::symmetric(10, 4))
}

/// Around the contents of a panel.
pub fn panel_frame(ctx: &egui::Context) -> egui::Frame {
    egui::Frame::new()
        .fill(theme::of(ctx).panel.egui())
        .inner_margin(egui::Margin::symmetric(10, 8))
}

/// Around what floats over the plant.
pub fn floating_frame(ctx: &egui::Context) -> egui::Frame {
    let palette = theme::of(ctx);
    egui::Frame::new()
        .fill(palette.panel.egui_alpha(244))
        .stroke(egui::Stroke::new(1.0, palette.line.egui()))
        .corner_radius(egui::CornerRadius::same(theme::ROUNDING))
        .inner_margin(egui::Margin::symmetric(10, 8))
}

/// Around what is over everything and wants an answer.
pub fn dialog_frame(ctx: &egui::Context) -> egui::Frame {
    floating_frame(ctx)
        .fill(theme::of(ctx).panel.egui())
        .inner_margin(egui::Margin::same(14))
        .shadow(egui::Shadow {
            offset: [0, 6],
            blur: 24,
            spread: 0,
            color: theme::SHADE.egui_alpha(90),
        })
}

/// Text of lesser weight.
pub fn weak(text: impl Into<String>) -> egui::RichText {
    egui::RichText::new(text).weak()
}

/// Small text of lesser weight.
pub fn small(text: impl Into<String>) -> egui::RichText {
    weak(text).small()
}

/// What a panel without contents says: what is the case, and what to do next.
pub fn empty_ui(ui: &mut egui::Ui, icon: &str, says: &str, next: &str) {
    ui.vertical_centered(|ui| {
        ui.add_space(theme::SPACE_L);
        ui.label(weak(icon).size(theme::TEXT_SIZE_TITLE));
        ui.label(says);
        ui.add(egui::Label::new(small(next)).wrap());
    });
}
