// Dear ImGui asks the graphics driver before each frame what it is going to change, to put it back afterwards.
// In a browser every such question waits for another process to finish all drawing so far. Nobody else
// draws into our canvas: what was set is remembered here, and the answers are the same.

/** To call when the context is new, and again when it was restored. */
export function rememberState(gl: WebGL2RenderingContext): void {
  const real = WebGL2RenderingContext.prototype;
  const known = new Map<number, unknown>();
  const factors = [gl.BLEND_SRC_RGB, gl.BLEND_DST_RGB, gl.BLEND_SRC_ALPHA, gl.BLEND_DST_ALPHA];
  const equations = [gl.BLEND_EQUATION_RGB, gl.BLEND_EQUATION_ALPHA];
  const remembered = new Set<number>([...factors, ...equations, gl.VIEWPORT, gl.SCISSOR_BOX]);
  const note = (names: number[], values: unknown[]) =>
    names.forEach((name, i) => known.set(name, values[i]));

  gl.getParameter = (name) => {
    if (!remembered.has(name)) return real.getParameter.call(gl, name);
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
  gl.blendFuncSeparate = (...values) => {
    note(factors, values);
    real.blendFuncSeparate.apply(gl, values);
  };
  gl.blendFunc = (from, to) => gl.blendFuncSeparate(from, to, from, to);
  gl.blendEquationSeparate = (...modes) => {
    note(equations, modes);
    real.blendEquationSeparate.apply(gl, modes);
  };
  gl.blendEquation = (mode) => gl.blendEquationSeparate(mode, mode);
  gl.isProgram = (program) => program !== null; // none is deleted while the canvas draws
}
