"""The rate–distortion plane, and the slider over a series of β."""
