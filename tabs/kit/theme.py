"""The studio's look: calm paper and ink, teal for what can be pressed; contrast at least 4.5:1; no font from elsewhere."""

import gradio as gr

FONTS = [
    "Inter",
    "Segoe UI",
    "Noto Sans",
    "Helvetica Neue",
    "Arial",
    "PingFang SC",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "sans-serif",
]
PRIMARY = "#0f766e"
PRIMARY_HOVER = "#115e59"
PRIMARY_DARK = "#5eead4"


def theme() -> gr.themes.Base:
    made = gr.themes.Base(
        primary_hue="teal", neutral_hue="stone", radius_size="lg", font=FONTS, font_mono=["ui-monospace", "monospace"]
    )
    return made.set(
        body_background_fill="#faf8f4",
        body_background_fill_dark="#171513",
        block_background_fill="#ffffff",
        block_background_fill_dark="#211e1b",
        block_border_width="1px",
        block_shadow="none",
        body_text_color="#1c1917",
        body_text_color_dark="#f5f5f4",
        body_text_color_subdued="#57534e",
        body_text_color_subdued_dark="#c8c2bd",
        block_label_text_color="#44403c",
        block_label_text_color_dark="#e7e5e4",
        block_title_text_color="#1c1917",
        block_title_text_color_dark="#f5f5f4",
        block_info_text_color="#57534e",
        block_info_text_color_dark="#c8c2bd",
        input_placeholder_color="#6b6661",
        input_placeholder_color_dark="#b5aea8",
        slider_color=PRIMARY,
        slider_color_dark=PRIMARY_DARK,
        checkbox_background_color_selected=PRIMARY,
        checkbox_background_color_selected_dark=PRIMARY,
        link_text_color=PRIMARY,
        link_text_color_dark=PRIMARY_DARK,
        button_secondary_text_color="#1c1917",
        button_secondary_text_color_dark="#f5f5f4",
        button_primary_background_fill=PRIMARY,
        button_primary_background_fill_hover=PRIMARY_HOVER,
        button_primary_background_fill_dark=PRIMARY_DARK,
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#10201e",
    )
