package org.dlora.console.page;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.dlora.api.web.ApiException;
import org.dlora.cluster.facts.StoreUnavailableException;
import org.dlora.operate.ClosedAdministrationException;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.NotReadyException;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessRefusedException;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.limits.LimitExceededException;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Forms of the pages. A form's change is made away from the event loops; then the browser is led to
 * a page, which says what was done or why it was not. A reload of that page changes nothing again.
 */
public final class PageForms {
    /**
     * Threads of their own: a change may wait for work that the shared ones do, as those that read
     * bodies.
     */
    private static final Scheduler THREADS =
            Schedulers.newBoundedElastic(16, 256, "console-form", 60, true);

    private static final String FLASH = Flash.class.getName();

    private PageForms() {}

    /**
     * Messages that the next page of a session shows once: a {@code notice}, a {@code warning} or a
     * {@code problem}.
     */
    private record Flash(Map<String, String> words) {}

    /**
     * Page that follows a form, with its message.
     *
     * @param notice notice of the changes; null if there are none
     * @param warning warning of the changes that failed; null if there are none
     */
    public record Done(String path, @Nullable String notice, @Nullable String warning) {
        /** Creates the page after a form that did all. */
        public Done(String path, String notice) {
            this(path, notice, null);
        }

        private Map<String, String> words() {
            var words = new HashMap<String, String>();
            if (notice != null) {
                words.put("notice", notice);
            }
            if (warning != null) {
                words.put("warning", warning);
            }
            return words;
        }
    }

    /**
     * Makes the change of a form.
     *
     * @param back path of the page that says why a change was refused
     * @param change may block. It throws an {@link ApiException} or another refusal in words, or a
     *     {@link PageRefusal}.
     */
    public static Mono<ResponseEntity<String>> change(
            ServerWebExchange exchange, String back, Function<FormFields, Done> change) {
        return change(exchange, _ -> back, change)
                .onErrorResume(e -> refused(exchange, back, e)); // Of a form that is none.
    }

    /**
     * Makes the change of a form.
     *
     * @param back returns the path of the page that says why a change was refused
     * @param change as of {@link #change(ServerWebExchange, String, Function)}
     */
    public static Mono<ResponseEntity<String>> change(
            ServerWebExchange exchange,
            Function<FormFields, String> back,
            Function<FormFields, Done> change) {
        return exchange.getFormData()
                .map(FormFields::new)
                .flatMap(fields ->
                        Mono.fromCallable(() -> change.apply(fields))
                                .subscribeOn(THREADS)
                                .flatMap(done -> lead(exchange, done.path, done.words()))
                                .onErrorResume(e -> refused(exchange, back.apply(fields), e)));
    }

    /**
     * Changes the thing that a field of the form names, and leads to the page of the thing.
     *
     * @param page returns the path of the page of a name
     * @param change returns what was done; it may block and refuse as in {@link
     *     #change(ServerWebExchange, String, Function)}
     */
    public static Mono<ResponseEntity<String>> changeNamed(
            ServerWebExchange exchange,
            String field,
            UnaryOperator<String> page,
            BiFunction<FormFields, String, String> change) {
        return change(
                exchange,
                fields -> page.apply(fields.text(field)),
                fields -> {
                    var name = fields.text(field);
                    return new Done(page.apply(name), change.apply(fields, name));
                });
    }

    private static Mono<ResponseEntity<String>> refused(
            ServerWebExchange exchange, String back, Throwable e) {
        if (e instanceof PageRefusal elsewhere) {
            return lead(exchange, elsewhere.path(), Map.of("problem", elsewhere.words()));
        }
        var words = words(e);
        return words == null ? Mono.error(e) : lead(exchange, back, Map.of("problem", words));
    }

    /** Returns a refusal in words; null if {@code e} is a failure of the server. */
    public static @Nullable String words(Throwable e) {
        return switch (e) {
            case ApiException refusal -> refusal.getMessage();
            case ClosedAdministrationException closed -> closed.getMessage();
            case NotReadyException _ -> ApiException.notReady().getMessage();
            case CommandRefusedException refusal -> ApiException.refused(refusal).getMessage();
            case LimitExceededException limit -> limit.words();
            case AccessRefusedException refusal -> refusal.words();
            case AccessChangeException refusal -> refusal.words();
            case RejectedExecutionException _ ->
                    "The server makes as many changes as it can. Try again in a minute.";
            case AccessUnavailableException away -> away.getMessage() + ". Try again later.";
            case StoreUnavailableException away ->
                    "The history is away: " + away.getMessage() + ". Try again later.";
            case LoadException refusal -> sentence(refusal.getMessage());
            case IllegalArgumentException refusal -> sentence(refusal.getMessage());
            case IllegalStateException refusal -> sentence(refusal.getMessage());
            case CompletionException wrapped when wrapped.getCause() != null ->
                    words(wrapped.getCause());
            default -> null;
        };
    }

    private static @Nullable String sentence(@Nullable String words) {
        return words == null || words.endsWith(".") ? words : words + ".";
    }

    /** Leads a browser to a path, by GET. */
    public static Mono<ResponseEntity<String>> leadTo(String path) {
        return Mono.just(
                ResponseEntity.status(HttpStatus.SEE_OTHER).location(URI.create(path)).build());
    }

    private static Mono<ResponseEntity<String>> lead(
            ServerWebExchange exchange, String path, Map<String, String> words) {
        return exchange.getSession()
                .doOnNext(session -> session.getAttributes().put(FLASH, new Flash(words)))
                .then(leadTo(path));
    }

    /** Returns the notices of the session's last form, once. */
    static Mono<Map<String, String>> takeFlash(ServerWebExchange exchange) {
        return exchange.getSession()
                .map(session -> {
                    Object flash =
                            session.isStarted() ? session.getAttributes().remove(FLASH) : null;
                    return flash instanceof Flash(var words) ? words : Map.of();
                });
    }
}
