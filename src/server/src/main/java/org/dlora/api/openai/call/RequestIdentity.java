package org.dlora.api.openai.call;

import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.dlora.cluster.facts.Arrival;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.server.ServerWebExchange;

/**
 * Identity of one call: the server's own key, and the id that the client gave. The key is random,
 * so it is unique whatever clients send.
 *
 * @param key hexadecimal; the ids of the answer and of its sequences are made from it
 * @param echoed id of the client's {@value #HEADER}, null if it sent none that can be used
 */
record RequestIdentity(String key, @Nullable String echoed, Arrival arrival) {
    static final String HEADER = "X-Request-Id";

    /** The header in which OpenAI takes a client's id, which it logs and does not echo. */
    private static final String LOGGED_HEADER = "X-Client-Request-Id";

    private static final String ATTRIBUTE = RequestIdentity.class.getName();

    /** Visible ASCII, so that no id can break a header or a line of a log. */
    private static final Pattern USABLE = Pattern.compile("[!-~]{1,128}");

    /** Returns the identity of a call that arrives now, and keeps it with {@code exchange}. */
    static RequestIdentity begin(ServerWebExchange exchange, Clock clock, CallTrace trace) {
        var headers = exchange.getRequest().getHeaders();
        var echoed = usable(headers, HEADER);
        var clientId = echoed == null ? usable(headers, LOGGED_HEADER) : echoed;
        var identity =
                new RequestIdentity(
                        newKey(),
                        echoed,
                        Arrival.now(clock, clientId).within(trace.parent(exchange)));
        exchange.getAttributes().put(ATTRIBUTE, identity);
        return identity;
    }

    /** Returns the identity of a call that has begun. */
    static RequestIdentity of(ServerWebExchange exchange) {
        return exchange.getRequiredAttribute(ATTRIBUTE);
    }

    static String newKey() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    /** Returns the id for the client: its own, or the server's key. */
    String shown() {
        return echoed == null ? key : echoed;
    }

    // One that is too long or has other characters is ignored whole: a part of it would match
    // nothing that the client knows.
    private static @Nullable String usable(HttpHeaders headers, String name) {
        var values = headers.getOrDefault(name, List.of());
        return values.size() == 1 && USABLE.matcher(values.getFirst()).matches()
                ? values.getFirst()
                : null;
    }
}
