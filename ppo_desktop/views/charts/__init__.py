"""One kit for all figures: scales, a frame, shapes, a legend, and the widget that shows them."""
