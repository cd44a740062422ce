package org.dlora.console.page;

import java.util.List;
import java.util.Optional;
import org.dlora.api.web.ApiException;
import org.springframework.util.MultiValueMap;
import org.springframework.util.StringUtils;

/** Fields of a form that a browser has sent. Texts come without the space around them. */
public record FormFields(MultiValueMap<String, String> all) {

    /** Returns a field; empty text if it was left out. */
    public String text(String name) {
        var text = all.getFirst(name);
        return text == null ? "" : text.strip();
    }

    /** Returns a field that was filled in. */
    public Optional<String> given(String name) {
        return Optional.of(text(name)).filter(text -> !text.isEmpty());
    }

    /**
     * Returns a field.
     *
     * @param label of the field on the page
     * @throws ApiException if it was left out
     */
    public String required(String name, String label) {
        return given(name)
                .orElseThrow(() ->
                        ApiException.invalid(name, "'%s' is empty. Fill it in.".formatted(label)));
    }

    /** Returns whether a box is checked. */
    public boolean isChecked(String name) {
        return all.containsKey(name);
    }

    /** Returns all values of a field, as of the boxes of a table's rows. */
    public List<String> texts(String name) {
        return all.getOrDefault(name, List.of());
    }

    /**
     * Returns a field that is a number; empty if it was left out.
     *
     * @throws ApiException if it is none
     */
    public Optional<Double> number(String name, String label) {
        return given(name)
                .map(text -> {
                    try {
                        return Double.valueOf(text);
                    } catch (NumberFormatException _) {
                        throw ApiException.invalid(
                                name,
                                "'%s' must be a number, but is '%s'."
                                        .formatted(label, StringUtils.truncate(text, 50)));
                    }
                });
    }
}
