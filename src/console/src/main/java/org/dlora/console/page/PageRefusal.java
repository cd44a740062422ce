package org.dlora.console.page;

/** Refusal of a form's change, which another page than the form's own tells. */
public final class PageRefusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String words;
    private final String path;

    /**
     * @param path of the page that says why
     * @param words why the change was refused, a sentence
     */
    public PageRefusal(String path, String words) {
        super(words);
        this.words = words;
        this.path = path;
    }

    String words() {
        return words;
    }

    String path() {
        return path;
    }
}
