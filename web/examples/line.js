// What every example says of a result.
export function lineOf({ width, height, areasPx, eye }) {
  const pupil = eye?.pupilDiameterPx?.toFixed(2) ?? 'no';
  return `${width} x ${height}, areas ${areasPx.join(' ')}, pupil ${pupil} px`;
}
