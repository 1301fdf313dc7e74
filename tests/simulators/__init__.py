"""Stand-ins for the world outside the box: phones, carriers, callers. They know no code of ours, but for the demo's."""
