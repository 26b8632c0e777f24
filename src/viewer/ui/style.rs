//! How widgets look: the theme's colours and sizes given to egui, once.

use bevy_egui::egui;

use crate::command::{Command, Panel, Visibility};
use crate::viewer::theme;

/// Gives egui fonts, colours and spacing.
pub fn set_up(ctx: &egui::Context) {
    let mut fonts = egui::FontDefinitions::default();
    egui_phosphor::add_to_fonts(&mut fonts, egui_phosphor::Variant::Regular);
    ctx.set_fonts(fonts);
    ctx.set_theme(egui::Theme::Light);
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
        style.spacing.item_spacing = egui::vec2(6.0, 4.0);
        style.spacing.button_padding = egui::vec2(7.0, 3.0);
        style.spacing.scroll = egui::style::ScrollStyle::thin();
        style.interaction.selectable_labels = false;
        style.animation_time = 0.08;
        style.visuals = visuals();
    });
}

/// Lays out every letter that is likely to be needed: a glyph that is drawn for the first time can
/// be missing for one frame, and a digit must not.
pub fn warm_up(ctx: &egui::Context) {
    let letters: String = (' '..='~')
        .chain("°µ²³·–…ÄÖÜäöüß\u{202f}".chars())
        .collect();
    let painter = ctx.layer_painter(egui::LayerId::background());
    let sizes = [
        theme::TEXT_SIZE,
        theme::TEXT_SIZE_SMALL,
        theme::TEXT_SIZE_HEADING,
    ];
    for size in sizes {
        let font = egui::FontId::proportional(size);
        let _ = painter.layout_no_wrap(letters.clone(), font, theme::TEXT.egui());
    }
    let font = egui::FontId::monospace(theme::TEXT_SIZE_SMALL);
    let _ = painter.layout_no_wrap(letters, font, theme::TEXT.egui());
}

fn visuals() -> egui::Visuals {
    let mut visuals = egui::Visuals::light();
    let rounding = egui::CornerRadius::same(theme::ROUNDING);
    visuals.override_text_color = None;
    visuals.panel_fill = theme::PANEL.egui();
    visuals.window_fill = theme::PANEL.egui();
    visuals.window_stroke = egui::Stroke::new(1.0, theme::LINE.egui());
    visuals.window_corner_radius = rounding;
    visuals.menu_corner_radius = rounding;
    visuals.extreme_bg_color = theme::FIELD.egui();
    visuals.faint_bg_color = theme::PANEL.mix(theme::HOVER, 0.35).egui();
    visuals.selection.bg_fill = theme::CHOSEN.egui();
    visuals.selection.stroke = egui::Stroke::new(1.0, theme::TEXT.egui());
    visuals.hyperlink_color = theme::SELECTION.egui();
    visuals.warn_fg_color = theme::TEXT.egui();
    let widgets = &mut visuals.widgets;
    let all = [
        (&mut widgets.noninteractive, theme::PANEL, theme::TEXT, 1.0),
        (&mut widgets.inactive, theme::HOVER, theme::TEXT, 0.0),
        (&mut widgets.hovered, theme::CHOSEN, theme::TEXT, 0.0),
        (&mut widgets.active, theme::CHOSEN, theme::TEXT, 1.0),
        (&mut widgets.open, theme::CHOSEN, theme::TEXT, 0.0),
    ];
    for (widget, fill, text, edge) in all {
        widget.bg_fill = fill.egui();
        widget.weak_bg_fill = fill.egui();
        widget.fg_stroke = egui::Stroke::new(1.0, text.egui());
        widget.bg_stroke = egui::Stroke::new(edge, theme::LINE.egui());
        widget.corner_radius = rounding;
        widget.expansion = 0.0;
    }
    visuals
}

/// Around the top bar.
pub fn bar_frame() -> egui::Frame {
    egui::Frame::new()
        .fill(theme::BAR.egui())
        .inner_margin(egui::Margin::symmetric(10, 6))
}

/// Around the status bar.
pub fn status_frame() -> egui::Frame {
    egui::Frame::new()
        .fill(theme::PANEL.egui())
        .inner_margin(egui::Margin::symmetric(10, 4))
}

/// Around a panel.
pub fn panel_frame() -> egui::Frame {
    egui::Frame::new()
        .fill(theme::PANEL.egui())
        .inner_margin(egui::Margin::symmetric(10, 8))
}

/// Around what floats over the plant.
pub fn floating_frame() -> egui::Frame {
    egui::Frame::new()
        .fill(theme::PANEL.egui_alpha(242))
        .stroke(egui::Stroke::new(1.0, theme::LINE.egui()))
        .corner_radius(egui::CornerRadius::same(theme::ROUNDING))
        .inner_margin(egui::Margin::symmetric(10, 8))
}

/// The heading of a panel, with a button that closes it.
pub fn heading_ui(ui: &mut egui::Ui, title: &str, panel: Panel, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(title).heading().strong());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = egui::Button::new(egui_phosphor::regular::X).frame(false);
            if ui.add(close).on_hover_text("Close this panel").clicked() {
                out.push(Command::SetPanel(panel, Visibility::Hidden));
            }
        });
    });
    ui.add_space(2.0);
}

/// Text of lesser weight.
pub fn weak(text: impl Into<String>) -> egui::RichText {
    egui::RichText::new(text).color(theme::TEXT_WEAK.egui())
}

/// Small text of lesser weight.
pub fn small(text: impl Into<String>) -> egui::RichText {
    weak(text).small()
}
