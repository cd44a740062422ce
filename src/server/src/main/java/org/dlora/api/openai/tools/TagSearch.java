package org.dlora.api.openai.tools;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Search for tags in text that comes by the character. The beginning of a tag is held back. */
final class TagSearch {
    private final List<String> tags;
    private final StringBuilder held = new StringBuilder();

    TagSearch(String... tags) {
        this.tags = List.of(tags);
    }

    /**
     * Takes a character.
     *
     * @param passed gets the text that is certainly no tag
     * @return the tag that ends here; null for none
     */
    @Nullable String add(char c, StringBuilder passed) {
        if (held.isEmpty() && tags.stream().noneMatch(tag -> tag.charAt(0) == c)) {
            passed.append(c);
            return null;
        }
        held.append(c);
        while (!held.isEmpty()) {
            var found = held.toString();
            if (tags.contains(found)) {
                held.setLength(0);
                return found;
            }
            if (tags.stream().anyMatch(tag -> tag.startsWith(found))) {
                return null;
            }
            passed.append(held.charAt(0));
            held.deleteCharAt(0);
        }
        return null;
    }

    /** Returns what is held back, and forgets it. */
    String rest() {
        var rest = held.toString();
        held.setLength(0);
        return rest;
    }
}
