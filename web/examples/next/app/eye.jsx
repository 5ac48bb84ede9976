'use client';
import { useEffect, useState } from 'react';
import { describe } from '../../main.js';

export function Eye({ picture }) {
  const [line, setLine] = useState('');
  useEffect(() => {
    describe(picture).then(setLine, (error) => setLine(`failed: ${error.message}`));
  }, [picture]);
  return <output>{line}</output>;
}
