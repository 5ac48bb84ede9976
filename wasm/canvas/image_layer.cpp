#include "wasm/canvas/image_layer.h"

#include <GLES3/gl3.h>

namespace limbus::canvas {
namespace {

constexpr float kNearestFrom = 3.0f;  // CSS pixels per image pixel
constexpr float kGridFrom = 12.0f;

const char* const kVertexShader = R"(#version 300 es
uniform vec4 rect;  // left, top, right, bottom in clip space
out vec2 uv;
void main() {
  uv = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
  gl_Position = vec4(mix(rect.x, rect.z, uv.x), mix(rect.y, rect.w, uv.y), 0.0, 1.0);
})";

const char* const kFragmentShader = R"(#version 300 es
precision highp float;
precision highp usampler2D;
uniform sampler2D image;
uniform usampler2D mask;
uniform sampler2D palette;
uniform vec2 size;      // of the image, pixels
uniform float opacity;  // of the overlay
uniform float grid;     // strength of the pixel grid
in vec2 uv;
out vec4 colour;
void main() {
  vec4 source = texture(image, uv);
  vec3 shown = mix(vec3(0.09), source.rgb, source.a);
  if (opacity > 0.0) {
    ivec2 extent = textureSize(mask, 0);
    ivec2 at = min(ivec2(uv * vec2(extent)), extent - 1);
    vec4 tint = texelFetch(palette, ivec2(int(texelFetch(mask, at, 0).r), 0), 0);
    shown = mix(shown, tint.rgb, tint.a * opacity);
  }
  if (grid > 0.0) {
    vec2 inPixel = fract(uv * size);
    vec2 line = step(inPixel, fwidth(uv * size));
    shown = mix(shown, vec3(0.5), grid * max(line.x, line.y));
  }
  colour = vec4(shown, 1.0);
})";

unsigned compile(unsigned kind, const char* source, std::string& error) {
  const unsigned shader = glCreateShader(kind);
  glShaderSource(shader, 1, &source, nullptr);
  glCompileShader(shader);
  int ok = 0;
  glGetShaderiv(shader, GL_COMPILE_STATUS, &ok);
  if (!ok) {
    char log[512] = "";
    glGetShaderInfoLog(shader, sizeof log, nullptr, log);
    error = log;
  }
  return shader;
}

void sampling(int minify, int magnify) {
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, minify);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, magnify);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
}

void uploadImage(unsigned texture, const std::uint8_t* rgba, int width, int height) {
  glBindTexture(GL_TEXTURE_2D, texture);
  sampling(GL_LINEAR_MIPMAP_LINEAR, GL_LINEAR);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, rgba);
  glGenerateMipmap(GL_TEXTURE_2D);
}

void uploadMask(unsigned texture, const std::uint8_t* indices, int width, int height) {
  glBindTexture(GL_TEXTURE_2D, texture);
  sampling(GL_NEAREST, GL_NEAREST);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_R8UI, width, height, 0, GL_RED_INTEGER, GL_UNSIGNED_BYTE,
               indices);
}

}  // namespace

bool ImageLayer::create(std::string& error) {
  const unsigned vertex = compile(GL_VERTEX_SHADER, kVertexShader, error);
  const unsigned fragment = compile(GL_FRAGMENT_SHADER, kFragmentShader, error);
  program_ = glCreateProgram();
  glAttachShader(program_, vertex);
  glAttachShader(program_, fragment);
  glLinkProgram(program_);
  glDeleteShader(vertex);
  glDeleteShader(fragment);
  int ok = 0;
  glGetProgramiv(program_, GL_LINK_STATUS, &ok);
  if (!ok) {
    if (error.empty()) error = "the image shader does not link";
    return false;
  }
  rectLocation_ = glGetUniformLocation(program_, "rect");
  sizeLocation_ = glGetUniformLocation(program_, "size");
  opacityLocation_ = glGetUniformLocation(program_, "opacity");
  gridLocation_ = glGetUniformLocation(program_, "grid");
  glUseProgram(program_);
  glUniform1i(glGetUniformLocation(program_, "image"), 0);
  glUniform1i(glGetUniformLocation(program_, "mask"), 1);
  glUniform1i(glGetUniformLocation(program_, "palette"), 2);
  glGenVertexArrays(1, &vertexArray_);
  unsigned* const textures[] = {&image_, &mask_, &palette_, &detailImage_, &detailMask_};
  for (unsigned* texture : textures) glGenTextures(1, texture);
  const std::uint8_t none = 0;  // the mask sampler needs a complete texture even without a mask
  setMask(&none, 1, 1);
  clearMask();
  setPalette({});
  return true;
}

void ImageLayer::destroy() {
  const unsigned textures[] = {image_, mask_, palette_, detailImage_, detailMask_};
  glDeleteTextures(5, textures);
  glDeleteVertexArrays(1, &vertexArray_);
  glDeleteProgram(program_);
  *this = ImageLayer{};
}

void ImageLayer::setImage(const std::uint8_t* rgba, int width, int height) {
  uploadImage(image_, rgba, width, height);
  hasImage_ = true;
  hasDetail_ = false;
}

void ImageLayer::setMask(const std::uint8_t* indices, int width, int height) {
  uploadMask(mask_, indices, width, height);
  hasMask_ = true;
  hasDetail_ = false;
}

void ImageLayer::setDetail(const Part& part, const std::uint8_t* rgba, const std::uint8_t* indices,
                           int width, int height) {
  uploadImage(detailImage_, rgba, width, height);
  const std::uint8_t none = 0;
  uploadMask(detailMask_, indices ? indices : &none, indices ? width : 1, indices ? height : 1);
  detail_ = part;
  hasDetail_ = true;
}

void ImageLayer::setPalette(const Palette& palette) {
  glBindTexture(GL_TEXTURE_2D, palette_);
  sampling(GL_NEAREST, GL_NEAREST);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, 256, 1, 0, GL_RGBA, GL_UNSIGNED_BYTE, palette.data());
}

void ImageLayer::draw(const Viewport& view, int framebufferWidth, int framebufferHeight,
                      float opacity, float gridScale) {
  if (!hasImage_) return;
  framebufferWidth_ = framebufferWidth;
  framebufferHeight_ = framebufferHeight;
  const float cssZoom = view.zoom / gridScale;
  magnify_ = cssZoom >= kNearestFrom ? GL_NEAREST : GL_LINEAR;

  glDisable(GL_BLEND);
  glDisable(GL_DEPTH_TEST);
  glDisable(GL_CULL_FACE);
  glDisable(GL_SCISSOR_TEST);
  glUseProgram(program_);
  glUniform1f(opacityLocation_, hasMask_ ? opacity : 0.0f);
  const float fade = (cssZoom - kGridFrom) / kGridFrom;
  glUniform1f(gridLocation_, fade < 0 ? 0.0f : (fade > 1 ? 0.35f : 0.1f + 0.25f * fade));
  glBindVertexArray(vertexArray_);
  drawPart(view, {0, 0, view.imageWidth, view.imageHeight}, image_, mask_);
  if (hasDetail_) drawPart(view, detail_, detailImage_, detailMask_);
  glBindVertexArray(0);
}

void ImageLayer::drawPart(const Viewport& view, const Part& part, unsigned image, unsigned mask) {
  const auto clipX = [&](float x) { return 2 * x / framebufferWidth_ - 1; };
  const auto clipY = [&](float y) { return 1 - 2 * y / framebufferHeight_; };
  const float left = view.originX() + part.left * view.zoom;
  const float top = view.originY() + part.top * view.zoom;
  const float right = left + part.width * view.zoom;
  const float bottom = top + part.height * view.zoom;
  glUniform4f(rectLocation_, clipX(left), clipY(top), clipX(right), clipY(bottom));
  glUniform2f(sizeLocation_, static_cast<float>(part.width), static_cast<float>(part.height));
  const unsigned textures[] = {image, mask, palette_};
  for (int i = 2; i >= 0; --i) {
    glActiveTexture(GL_TEXTURE0 + static_cast<unsigned>(i));
    glBindTexture(GL_TEXTURE_2D, textures[i]);
  }
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, magnify_);
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

}  // namespace limbus::canvas
