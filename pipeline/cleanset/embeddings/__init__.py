"""A vector for every picture, which stays near when the picture is cropped, covered in part or framed."""
