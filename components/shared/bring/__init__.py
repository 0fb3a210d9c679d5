"""What users bring: uploads, photos, drawings, and the stored examples' originals."""
