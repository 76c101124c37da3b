// Before the first paint, so that no page flashes in the other theme. A file of its own: the server's policy allows no script inside the page.
document.documentElement.dataset.theme = localStorage.getItem('replay.theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
