import { Eye } from './eye.jsx';

export default function Page() {
  return <Eye picture="/eye.png" />;
}
