package org.dlora.console.page;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.dlora.security.users.SignedIn;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.security.web.server.csrf.CsrfToken;
import org.springframework.stereotype.Component;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.server.ServerWebExchange;
import org.thymeleaf.context.Context;
import org.thymeleaf.spring6.SpringTemplateEngine;
import org.thymeleaf.templateresolver.ClassLoaderTemplateResolver;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Renderer of pages by Thymeleaf, away from the event loops. The engine is made with the first page
 * and not at the start, of which nobody waits for it.
 */
@Component
public final class PageRenderer {
    public static final MediaType HTML = new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8);

    /**
     * Threads of their own, as a page also says why a pool of threads is full. Templates wait for
     * nothing.
     */
    private static final Scheduler THREADS =
            Schedulers.newBoundedElastic(2, 1024, "console-page", 60, true);

    private final Supplier<SpringTemplateEngine> engine =
            SingletonSupplier.of(PageRenderer::engine);

    private static SpringTemplateEngine engine() {
        var resolver = new ClassLoaderTemplateResolver(PageRenderer.class.getClassLoader());
        resolver.setPrefix("frontend-templates/");
        resolver.setSuffix(".html");
        resolver.setCharacterEncoding(StandardCharsets.UTF_8.name());
        var engine = new SpringTemplateEngine();
        engine.setTemplateResolver(resolver);
        engine.setLinkBuilder(new PageLinks());
        return engine;
    }

    /** Returns a page with status 200. */
    public Mono<ResponseEntity<String>> page(
            ServerWebExchange exchange,
            String template,
            Map<String, ? extends @Nullable Object> values) {
        return page(exchange, HttpStatus.OK, template, values);
    }

    /**
     * Returns a page. Each has the values {@code csrf} (token of its forms) and {@code format}
     * ({@link Formats}); {@code userName}, {@code role} and {@code may} ({@link Rights}) if
     * somebody is signed in; {@code notice}, {@code warning} or {@code problem} after a form
     * ({@link PageForms}), unless {@code values} have them.
     *
     * @param template below {@code frontend-templates/console}, without its suffix
     */
    public Mono<ResponseEntity<String>> page(
            ServerWebExchange exchange,
            HttpStatus status,
            String template,
            Map<String, ? extends @Nullable Object> values) {
        var given = new HashMap<String, @Nullable Object>(values);
        return csrf(exchange)
                .doOnNext(csrf -> given.put("csrf", csrf))
                .then(PageForms.takeFlash(exchange))
                .doOnNext(flash -> flash.forEach(given::putIfAbsent))
                .then(
                        Mono.fromCallable(() ->
                                        ResponseEntity.status(status)
                                                .contentType(HTML)
                                                .body(render(exchange, template, given)))
                                .subscribeOn(THREADS));
    }

    private String render(
            ServerWebExchange exchange, String template, Map<String, @Nullable Object> values) {
        user(exchange)
                .ifPresent(user -> {
                    values.put("userName", user.name());
                    values.put("role", user.role().label());
                    values.put("may", new Rights(user.role()));
                });
        values.put("path", exchange.getRequest().getPath().pathWithinApplication().value());
        return process(template, Set.of(), values);
    }

    /**
     * Renders a fragment of a template. It has {@code format}, but knows nobody: all users get the
     * same.
     */
    String fragment(
            String template, String fragment, Map<String, ? extends @Nullable Object> values) {
        return process(template, Set.of(fragment), new HashMap<>(values));
    }

    private String process(
            String template, Set<String> fragments, Map<String, @Nullable Object> values) {
        values.put("format", Formats.ALL);
        var context = new Context();
        context.setVariables(values);
        return engine.get().process("console/" + template, fragments, context);
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
