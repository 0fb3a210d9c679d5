"""Pictures from outside: the camera, and the part of a photo that is meant."""
