package org.dlora.console.adapters;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;
import org.dlora.console.page.PageAddress;

/** Addresses of an adapter's pages. Its name may hold anything, so it is a parameter. */
final class AdapterAddress {
    /** Longest subject of a panel, in characters of Base64. */
    private static final int LONGEST = 290;

    private AdapterAddress() {}

    /** Returns the address of an adapter's page. */
    static String of(String name) {
        return PageAddress.of("/console/adapter", "name", name);
    }

    /** Returns the subject of panels about an adapter; empty text if the name is too long. */
    static String subject(String name) {
        var subject = Base64.getUrlEncoder().withoutPadding().encodeToString(name.getBytes(UTF_8));
        return subject.length() > LONGEST ? "" : subject;
    }

    /** Returns the name that a panel's subject stands for; empty text if it is none. */
    static String name(String subject) {
        try {
            return new String(Base64.getUrlDecoder().decode(subject), UTF_8);
        } catch (IllegalArgumentException _) {
            return "";
        }
    }
}
