package org.dlora.api.web;

import java.util.regex.Pattern;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.HttpHandlerDecoratorFactory;
import org.springframework.http.server.reactive.ServerHttpRequest;

/**
 * Prefix of paths under which the API answers as well as without it, for a proxy that does not take
 * its prefix away. It is the context path of such calls. The console, whose pages link to paths
 * without it, does not work under it.
 *
 * <p>vLLM's {@code --root-path}.
 *
 * @param prefix such as {@code /llm}; empty if there is none
 */
public record RootPath(String prefix) implements HttpHandlerDecoratorFactory {
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._~-]+)*");

    /** Returns whether a setting is a prefix, or empty. */
    public static boolean isPrefix(String text) {
        return PATH.matcher(text).matches();
    }

    @Override
    public HttpHandler apply(HttpHandler handler) {
        return prefix.isEmpty()
                ? handler
                : (request, response) -> handler.handle(within(request), response);
    }

    private ServerHttpRequest within(ServerHttpRequest request) {
        return request.getPath().value().startsWith(prefix + "/")
                ? request.mutate().contextPath(prefix).build()
                : request;
    }
}
