"""What was done here, carried on elsewhere: a kept run at a moment, in the formats of others."""
