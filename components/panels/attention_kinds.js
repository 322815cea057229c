// Heads of known kinds, as the panel names them: letters on the map, and a button for each kind that goes through its heads.
(pgPanels.attention ??= {}).kinds = (host, { language, onOpen }) => {
  const { el, number } = pgPanels;
  const WORDS = {
    zh: {
      label: "已知类型的头", none: "没有已知类型的头", threshold: (share) => `占注意力 ≥ ${share}（这段文本上的均值）`,
      kinds: { previous: ["前", "前一词元"], first: ["首", "首词元"], same: ["同", "相同词元"], induction: ["归", "归纳"] },
      hints: {
        previous: "注意力落在前一个词元上", first: "注意力落在第一个词元上（注意力汇点）", same: "注意力落在它自己和前面相同的词元上",
        induction: "注意力落在相同词元上次出现之后的那个词元上；文本里有重复才看得出",
      },
      next: "点击依次打开这类头",
    },
    en: {
      label: "Heads of known kinds", none: "no head of a known kind", threshold: (share) => `≥ ${share} of their attention, a mean on this text`,
      kinds: { previous: ["P", "previous token"], first: ["F", "first token"], same: ["S", "same token"], induction: ["I", "induction"] },
      hints: {
        previous: "attends to the token before", first: "attends to the first token (an attention sink)", same: "attends to the token itself and its earlier copies",
        induction: "attends to what followed an earlier copy of the token; seen only where a text repeats",
      },
      next: "click to go through these heads",
    },
  };
  const words = WORDS[language];
  const row = el("div", { class: "pg-att-kinds", role: "group", "aria-label": words.label });
  host.append(row);
  let panel = null;
  let buttons = [];
  let open = null; // the head that is drawn, as {layer, head}
  const known = ({ layer, head }) => panel?.known.find((one) => one.layer === layer && one.head === head);

  function build() {
    const kinds = Object.keys(words.kinds).map((kind) => [kind, panel.known.filter((one) => one.kind === kind).sort((a, b) => b.share - a.share)]);
    buttons = kinds.filter(([, heads]) => heads.length).map(([kind, heads]) => {
      const [letter, name] = words.kinds[kind];
      const go = () => {
        const at = heads.findIndex((one) => one.layer === open?.layer && one.head === open?.head);
        const { layer, head } = heads[(at + 1) % heads.length];
        onOpen({ layer, head });
      };
      return { kind, node: el("button", { type: "button", class: "pg-att-kind", title: `${words.hints[kind]} · ${words.next}`, on: { click: go } }, el("b", { text: letter }), ` ${name} `, el("i", { text: heads.length })) };
    });
    row.replaceChildren(...buttons.map(({ node }) => node),
      el("small", { text: `${buttons.length ? "" : `${words.none}: `}${words.threshold(number(panel.known_from, 2))}` }));
    row.hidden = !panel.known_from;
  }

  return {
    /** The letter on a head's thumbnail, "" for one of no known kind, and whether most heads have it: the others are to stand out. */
    letter(layer, head) {
      const kind = known({ layer, head })?.kind;
      return { letter: words.kinds[kind]?.[0] ?? "", common: kind === "first" };
    },
    /** A head's kind in words, with its share; "" for none. */
    said(head) {
      const found = known(head);
      return found ? `${words.kinds[found.kind][1]} ${number(found.share, 2)}` : "";
    },
    draw(next, head) {
      if (next !== panel) {
        panel = next;
        build();
      }
      open = head;
      const kind = known(head)?.kind;
      for (const button of buttons) button.node.setAttribute("aria-pressed", String(button.kind === kind));
    },
  };
};
