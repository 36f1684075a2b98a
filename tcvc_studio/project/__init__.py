"""What a restoration is: cuts, shots, anchors and settings. Standard library only."""
