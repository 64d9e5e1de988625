"""Inside ONNX files."""
