package org.dlora.api.web;

import org.jspecify.annotations.Nullable;

/** OpenAI's error shape; all four members are always present. */
public record ErrorBody(Detail error) {

    public record Detail(
            String message, String type, @Nullable String param, @Nullable String code) {}

    static ErrorBody of(
            String message, String type, @Nullable String param, @Nullable String code) {
        return new ErrorBody(new Detail(message, type, param, code));
    }
}
