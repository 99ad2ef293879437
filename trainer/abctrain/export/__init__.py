"""A checkpoint to one checked ONNX file and its model card."""
