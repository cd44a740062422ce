package org.dlora.console;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.dlora.security.users.SignedIn;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.web.server.csrf.CsrfToken;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.server.ServerWebExchange;
import org.thymeleaf.context.Context;
import org.thymeleaf.spring6.SpringTemplateEngine;
import org.thymeleaf.templateresolver.ClassLoaderTemplateResolver;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Renderer of pages by Thymeleaf, away from the event loops. The engine is made with the first page
 * and not at the start, of which nobody waits for it.
 */
final class PageRenderer {
    static final MediaType HTML = new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8);

    private final Supplier<SpringTemplateEngine> engine =
            SingletonSupplier.of(PageRenderer::engine);

    private static SpringTemplateEngine engine() {
        var resolver = new ClassLoaderTemplateResolver(PageRenderer.class.getClassLoader());
        resolver.setPrefix("frontend-templates/");
        resolver.setSuffix(".html");
        resolver.setCharacterEncoding(StandardCharsets.UTF_8.name());
        var engine = new SpringTemplateEngine();
        engine.setTemplateResolver(resolver);
        return engine;
    }

    /** Returns a page with status 200. */
    Mono<ResponseEntity<String>> page(
            ServerWebExchange exchange,
            String template,
            Map<String, ? extends @Nullable Object> values) {
        return page(exchange, HttpStatus.OK, template, values);
    }

    /**
     * Returns a page. Each has the values {@code csrf}, and {@code userName} and {@code role} if
     * somebody is signed in.
     */
    Mono<ResponseEntity<String>> page(
            ServerWebExchange exchange,
            HttpStatus status,
            String template,
            Map<String, ? extends @Nullable Object> values) {
        return csrf(exchange)
                .flatMap(csrf ->
                        Mono.fromCallable(() ->
                                        ResponseEntity.status(status)
                                                .contentType(HTML)
                                                .body(render(exchange, template, values, csrf)))
                                .subscribeOn(Schedulers.boundedElastic()));
    }

    private String render(
            ServerWebExchange exchange,
            String template,
            Map<String, ? extends @Nullable Object> values,
            String csrf) {
        var all = new HashMap<String, @Nullable Object>(values);
        all.put("csrf", csrf);
        user(exchange)
                .ifPresent(user -> {
                    all.put("userName", user.name());
                    all.put("role", user.role().label());
                });
        var context = new Context();
        context.setVariables(all);
        return engine.get().process("console/" + template, context);
    }

    private static Optional<SignedIn> user(ServerWebExchange exchange) {
        return Optional.ofNullable(exchange.<SignedIn>getAttribute(SignedIn.NAME));
    }

    /** Returns the token for forms; empty text where Spring Security has not come to it. */
    private static Mono<String> csrf(ServerWebExchange exchange) {
        Mono<CsrfToken> token = exchange.getAttribute(CsrfToken.class.getName());
        return token == null ? Mono.just("") : token.map(CsrfToken::getToken).defaultIfEmpty("");
    }
}
