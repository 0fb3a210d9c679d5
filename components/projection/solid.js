// The 3-D view is Plotly's and stands beside the component: what is hovered and clicked there is heard here.

const LOOK_MS = 300;

export class SolidMap {
  #timer;
  #plot = null;

  /**
   * @param {(index: number) => void} chosen
   * @param {(index: ?number, place: ?{left: number, top: number}) => void} hovered
   */
  constructor(chosen, hovered) {
    Object.assign(this, { chosen, hovered });
    this.#look();
  }

  close() {
    clearTimeout(this.#timer);
  }

  // Plotly says nothing when a figure is there, and Streamlit may make another one at any rerun.
  #look() {
    const plot = document.querySelector(".st-key-solid-map .js-plotly-plot");
    if (plot?.on && plot !== this.#plot) {
      this.#plot = plot;
      const index = ({ points }) => Number(points[0].customdata); // below 0: the user's own
      plot.on("plotly_click", (event) => index(event) >= 0 && this.chosen(index(event)));
      let at = { left: 0, top: 0 }; // a 3-D plot's events do not say where the pointer is
      plot.addEventListener("pointermove", ({ clientX: left, clientY: top }) => (at = { left, top }), true);
      plot.on("plotly_hover", (event) => index(event) >= 0 && this.hovered(index(event), at));
      plot.on("plotly_unhover", () => this.hovered(null));
      plot.dataset.heard = "true";
    }
    this.#timer = setTimeout(() => this.#look(), LOOK_MS);
  }
}
