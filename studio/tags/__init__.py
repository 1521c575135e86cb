"""Writing and reading notes inside media files, one module a family of formats. Coded pictures and sound are never
touched.
"""
