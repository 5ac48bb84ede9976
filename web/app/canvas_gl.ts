// Dear ImGui asks the graphics driver before each frame what it is going to change, to put it back afterwards.
// In a browser every such question waits for another process to finish all drawing so far. Nobody else
// draws into our canvas: what was set is remembered here, and the answers are the same.

/** To call when the context is new, and again when it was restored. */
export function rememberState(gl: WebGL2RenderingContext): void {
  const real = WebGL2RenderingContext.prototype;
  const known = new Map<number, unknown>();
  const note = (names: number[], values: unknown[]) =>
    names.forEach((name, i) => known.set(name, values[i]));

  gl.getParameter = (name) => {
    if (!kRemembered.has(name)) return real.getParameter.call(gl, name);
    if (!known.has(name)) known.set(name, real.getParameter.call(gl, name));
    return known.get(name);
  };
  gl.viewport = (...box) => {
    note([gl.VIEWPORT], [Int32Array.from(box)]);
    real.viewport.apply(gl, box);
  };
  gl.scissor = (...box) => {
    note([gl.SCISSOR_BOX], [Int32Array.from(box)]);
    real.scissor.apply(gl, box);
  };
  gl.blendFuncSeparate = (...factors) => {
    note(kFactors, factors);
    real.blendFuncSeparate.apply(gl, factors);
  };
  gl.blendFunc = (from, to) => gl.blendFuncSeparate(from, to, from, to);
  gl.blendEquationSeparate = (...modes) => {
    note(kEquations, modes);
    real.blendEquationSeparate.apply(gl, modes);
  };
  gl.blendEquation = (mode) => gl.blendEquationSeparate(mode, mode);
  gl.isProgram = (program) => program !== null; // none is deleted while the canvas draws
}

const { BLEND_SRC_RGB, BLEND_DST_RGB, BLEND_SRC_ALPHA, BLEND_DST_ALPHA } = WebGL2RenderingContext;
const { BLEND_EQUATION_RGB, BLEND_EQUATION_ALPHA, VIEWPORT, SCISSOR_BOX } = WebGL2RenderingContext;
const kFactors = [BLEND_SRC_RGB, BLEND_DST_RGB, BLEND_SRC_ALPHA, BLEND_DST_ALPHA];
const kEquations = [BLEND_EQUATION_RGB, BLEND_EQUATION_ALPHA];
const kRemembered = new Set<number>([...kFactors, ...kEquations, VIEWPORT, SCISSOR_BOX]);
