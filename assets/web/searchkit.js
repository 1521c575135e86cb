// What the parts of the Search tab share: its texts, requests, shots as pictures, times.
element.kit = {
  api: "api/v1",
  facts: () => JSON.parse(element.querySelector("[data-search]").dataset.search),

  made(tag, own = {}, ...inside) {
    const one = Object.assign(document.createElement(tag), own);
    one.append(...inside);
    return one;
  },

  button: (name, work) => {
    const key = element.kit.made("button", { type: "button", className: "at-button", textContent: name });
    key.addEventListener("click", async () => { key.disabled = true; await element.kit.guarded(work); key.disabled = false; });
    return key;
  },

  async told(answer) {
    const problem = await atelier.wrong(answer);
    if (problem) throw new Error(problem);
    return answer.status === 204 ? null : answer.json();
  },

  ask: (path, more = {}) => fetch(`${element.kit.api}/${path}`, { ...more, headers: { ...atelier.speak, ...more.headers } }).then(element.kit.told),
  post: (path, body) => element.kit.ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  guarded: async (work) => { try { return await work(); } catch (problem) { atelier.tell(problem.message); return null; } },

  // An address of ours as the page can use it, whatever stands before the studio.
  local: (address) => address.replace(/^.*\/(?=api\/v1\/)/, ""),
  sprite: (library, shot) => `api/v1/search/libraries/${encodeURIComponent(library)}/shots/${shot}/sprite`,

  clock(seconds) {
    const whole = Math.floor(seconds);
    const two = (number) => String(number).padStart(2, "0");
    return `${whole >= 3600 ? `${Math.floor(whole / 3600)}:` : ""}${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  },

  // One picture of a sprite with `tiles` of them, of a film so wide and high.
  tile(address, { width, height }, tile = 0, tiles = 1) {
    const picture = element.kit.made("span");
    const many = Math.max(tiles, 1);
    const shape = Math.min(Math.max(width / height || 16 / 9, 0.15), 256 / 108);
    picture.style.aspectRatio = shape;
    picture.style[shape > 16 / 9 ? "width" : "height"] = "100%";
    picture.style.backgroundImage = `url("${address}")`;
    picture.style.backgroundSize = `${many * 100}% 100%`;
    picture.style.backgroundPosition = many > 1 ? `${(100 * tile) / (many - 1)}% 0` : "0 0";
    return element.kit.made("span", { className: "at-search-still" }, picture);
  },
};
