package org.dlora.api.web;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Text as the value of a header, which holds ASCII alone. */
public final class HeaderText {
    private HeaderText() {}

    /** Returns {@code text} with {@code %} and all but visible ASCII and spaces in UTF-8 as %XX. */
    public static String encode(String text) {
        var header = new StringBuilder();
        for (byte one : text.getBytes(UTF_8)) {
            if (one >= ' ' && one <= '~' && one != '%') {
                header.append((char) one);
            } else {
                header.append("%%%02X".formatted(one & 0xff));
            }
        }
        return header.toString();
    }
}
