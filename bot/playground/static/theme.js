// The theme that was chosen, before anything is drawn, and again whenever another frame or page chooses.

{
  const choose = () => {
    const theme = localStorage.getItem("theme");
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  choose();
  window.addEventListener("storage", choose);
  window.addEventListener("theme", choose);
}
