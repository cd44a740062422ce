package org.dlora.console.account;

import org.springframework.util.MultiValueMap;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Fields of a form that sets a password.
 *
 * @param name empty where the form has none
 * @param current password before; empty where the form has none
 */
record PasswordForm(String name, String current, String password, String repeated) {

    /** Reads the form of a call. */
    static Mono<PasswordForm> of(ServerWebExchange exchange) {
        return exchange.getFormData()
                .map(form ->
                        new PasswordForm(
                                text(form, "name"),
                                text(form, "current"),
                                text(form, "password"),
                                text(form, "repeated")));
    }

    static String text(MultiValueMap<String, String> form, String field) {
        var text = form.getFirst(field);
        return text == null ? "" : text;
    }

    boolean isRepeated() {
        return password.equals(repeated);
    }

    /** Keeps passwords out of logs. */
    @Override
    public String toString() {
        return "PasswordForm[]";
    }
}
