// Dear ImGui's compile-time switches for the canvas module.
#pragma once

#define ImDrawIdx unsigned int  // outlines of a large mask pass 65,536 vertices
#define IMGUI_DISABLE_OBSOLETE_FUNCTIONS
#define IMGUI_DISABLE_FILE_FUNCTIONS
#define IMGUI_DISABLE_DEFAULT_SHELL_FUNCTIONS
