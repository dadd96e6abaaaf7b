
'use strict';
// Shows what has the text that is searched for, and hides the rest. Text is compared, never made into markup.
const field = document.getElementById('search');
const same = document.getElementById('same');
const places = document.querySelectorAll('tbody tr, pre span, summary');
function search() {
  const wanted = field.value.trim().toLowerCase();
  let found = 0;
  if (same && wanted !== '') {
    same.checked = true;
  }
  for (const place of places) {
    const hit = wanted !== '' && place.textContent.toLowerCase().includes(wanted);
    place.classList.toggle('hit', hit);
    if (place.tagName !== 'SUMMARY') {
      place.classList.toggle('away', wanted !== '' && !hit);
    }
    if (hit) {
      found++;
      const inner = place.tagName === 'SUMMARY' ? place.parentElement.parentElement : place;
      for (let at = inner.closest('details'); at; at = at.parentElement.closest('details')) {
        at.open = true;
      }
    }
  }
  document.getElementById('found').textContent = wanted === '' ? '' : found + ' found';
}
field.addEventListener('input', search);
