"""What can truly be told of a picture by measuring it: colours, light, composition, faces, hair, pose, medium."""
