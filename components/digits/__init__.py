"""Classes: one style, or one content, in every class of a conditional model."""
