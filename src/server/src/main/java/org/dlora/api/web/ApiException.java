package org.dlora.api.web;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.dlora.api.pools.PoolRefusedException;
import org.dlora.catalogue.ReplayFailedException;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.requests.QueueFullException;
import org.dlora.cluster.residency.NoReplicaException;
import org.dlora.constraint.ConstraintMemoryException;
import org.dlora.operate.ClosedAdministrationException;
import org.dlora.operate.CommandRefusedException;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessRefusedException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.util.StringUtils;

/**
 * A refusal that the client gets in OpenAI's error shape; its message is written for the client.
 */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final String INVALID = "invalid_request_error";
    private static final Duration RETRY_SOON = Duration.ofSeconds(1);
    private static final Duration RETRY_AFTER_LOADING = Duration.ofSeconds(5);

    private final HttpStatus status;
    private final ErrorBody body;
    private final @Nullable Duration retryAfter;

    /** Value of {@code WWW-Authenticate}, null for none. */
    private final @Nullable String challenge;

    private ApiException(HttpStatus status, ErrorBody body, @Nullable Duration retryAfter) {
        this(status, body, retryAfter, null);
    }

    private ApiException(
            HttpStatus status,
            ErrorBody body,
            @Nullable Duration retryAfter,
            @Nullable String challenge) {
        // No stack trace: refusals are ordinary answers and may be many.
        super(body.error().message(), null, false, false);
        this.status = status;
        this.body = body;
        this.retryAfter = retryAfter;
        this.challenge = challenge;
    }

    /** Returns an error that no parameter is to blame for. */
    public static ApiException of(HttpStatus status, String message) {
        var type = status.is5xxServerError() ? "server_error" : INVALID;
        return new ApiException(status, ErrorBody.of(message, type, null, null), null);
    }

    /** Returns 400: {@code param} has a value that is not allowed. */
    public static ApiException invalid(@Nullable String param, String message) {
        return badRequest(message, param, "invalid_value");
    }

    /**
     * Returns 400: {@code param} is not what it must be.
     *
     * @param expected such as "an integer from 1 to 5"
     * @param given value, of which the begin is shown
     */
    public static ApiException wrong(String param, String expected, String given) {
        return invalid(
                param,
                "'%s' must be %s, but is '%s'."
                        .formatted(param, expected, StringUtils.truncate(given)));
    }

    /**
     * Returns 400: {@code param} is unknown.
     *
     * @param known the known names to list; empty if they are too many
     */
    public static ApiException unknown(String param, Collection<String> known) {
        var advice =
                known.isEmpty()
                        ? "Check the spelling or leave it out."
                        : "Known here: " + String.join(", ", known) + ".";
        return badRequest(
                "Unknown parameter: '" + param + "'. " + advice, param, "unknown_parameter");
    }

    /** Returns 400: {@code param} is given where nothing is expected. */
    static ApiException unknown(String param) {
        return badRequest(
                "Unknown parameter: '"
                        + param
                        + "'. This call takes none; send no body or an empty object.",
                param,
                "unknown_parameter");
    }

    /** Returns 400: OpenAI or vLLM know {@code param}, but this server does not support it. */
    public static ApiException unsupported(String param, String what) {
        return badRequest(
                "'" + param + "' is not supported: " + what + ".", param, "unsupported_parameter");
    }

    /** Returns 400: the prompt, or prompt and answer together, exceed the context. */
    public static ApiException tooLong(String param, String message) {
        return badRequest(message, param, "context_length_exceeded");
    }

    /** Returns an error about {@code param} with a code of OpenAI's. */
    public static ApiException of(
            HttpStatus status, String message, @Nullable String param, @Nullable String code) {
        return new ApiException(status, ErrorBody.of(message, INVALID, param, code), null);
    }

    /** Returns 404: no model or adapter has that name. */
    public static ApiException noSuchModel(String message) {
        return new ApiException(
                HttpStatus.NOT_FOUND,
                ErrorBody.of(message, INVALID, "model", "model_not_found"),
                null);
    }

    /**
     * Returns 404: no adapter has that name.
     *
     * @param param member of the body that has the name; null if it is in the path
     */
    public static ApiException noSuchAdapter(@Nullable String param, String message) {
        return new ApiException(
                HttpStatus.NOT_FOUND,
                ErrorBody.of(message, INVALID, param, "model_not_found"),
                null);
    }

    /** Returns 404: {@code param} names no folder that adapters may be loaded from. */
    public static ApiException noSuchFolder(String param, String message) {
        return new ApiException(
                HttpStatus.NOT_FOUND, ErrorBody.of(message, INVALID, param, "not_found"), null);
    }

    /** Returns 429 with {@code Retry-After}: too many such calls are unfinished. */
    public static ApiException busy(String message) {
        return queueFull(message);
    }

    /** Returns 429 with {@code Retry-After}. */
    static ApiException queueFull(String message) {
        return new ApiException(
                HttpStatus.TOO_MANY_REQUESTS,
                ErrorBody.of(message, "rate_limit_error", null, "queue_full"),
                RETRY_SOON);
    }

    /**
     * Returns 429: a limit of the key or its team refuses the call.
     *
     * @param retryAfter whole seconds, null if the same call will never fit
     */
    static ApiException limited(
            String type, String code, String message, @Nullable Duration retryAfter) {
        return new ApiException(
                HttpStatus.TOO_MANY_REQUESTS, ErrorBody.of(message, type, null, code), retryAfter);
    }

    /** Returns 503 with {@code Retry-After}: it is not known yet what a budget has left. */
    static ApiException limitsNotRead(String message) {
        return unavailable(message, "not_ready", RETRY_SOON);
    }

    /** Returns 403: the settings keep a part of the administration closed. */
    public static ApiException closed(ClosedAdministrationException refusal) {
        return of(HttpStatus.FORBIDDEN, String.valueOf(refusal.getMessage()));
    }

    /** Returns 503 with {@code Retry-After}. */
    public static ApiException notReady() {
        return new ApiException(
                HttpStatus.SERVICE_UNAVAILABLE,
                ErrorBody.of(
                        "The model is not ready: it is still loading, or the server is stopping. Try again in a few"
                                + " seconds; GET /health answers 200 when it is ready.",
                        "server_error",
                        null,
                        "not_ready"),
                RETRY_AFTER_LOADING);
    }

    /** Returns 401, 403 or 503: the key of the call is missing, unknown, or may not do that. */
    static ApiException refused(AccessRefusedException refusal) {
        return switch (refusal.kind()) {
            case MISSING -> unauthenticated(refusal, "Bearer realm=\"dlora\"");
            case INVALID ->
                    unauthenticated(refusal, "Bearer realm=\"dlora\", error=\"invalid_token\"");
            case FORBIDDEN ->
                    new ApiException(
                            HttpStatus.FORBIDDEN,
                            ErrorBody.of(
                                    refusal.words(), INVALID, null, "insufficient_permissions"),
                            null);
            case NOT_READY -> unavailable(refusal.words(), "not_ready", RETRY_AFTER_LOADING);
        };
    }

    /** Returns 400, 404 or 409: a change of keys, teams or users is refused. */
    public static ApiException refused(AccessChangeException refusal) {
        return switch (refusal.kind()) {
            case INVALID -> invalid(refusal.field(), refusal.words());
            case UNKNOWN -> of(HttpStatus.NOT_FOUND, refusal.words());
            case CONFLICT -> of(HttpStatus.CONFLICT, refusal.words());
        };
    }

    /** Returns the answer to a refused command. */
    public static ApiException refused(CommandRefusedException refusal) {
        var words = refusal.words();
        return switch (refusal.kind()) {
            case INVALID -> invalid(refusal.field(), words);
            case UNKNOWN -> of(HttpStatus.NOT_FOUND, words);
            case GONE -> of(HttpStatus.GONE, words);
            case UNKNOWN_ADAPTER -> noSuchAdapter(null, words);
            case CONFLICT -> of(HttpStatus.CONFLICT, words);
            case QUOTA -> limited("insufficient_quota", "insufficient_quota", words, null);
            case TOO_LARGE -> of(HttpStatus.CONTENT_TOO_LARGE, words);
            case FORBIDDEN -> of(HttpStatus.FORBIDDEN, words);
            case BUSY -> busy(words);
            case SOURCE_UNAVAILABLE -> of(HttpStatus.BAD_GATEWAY, words);
            case UNAVAILABLE -> of(HttpStatus.SERVICE_UNAVAILABLE, words);
            case STORE_UNAVAILABLE -> storeUnavailable(words);
        };
    }

    private static ApiException unauthenticated(AccessRefusedException refusal, String challenge) {
        return new ApiException(
                HttpStatus.UNAUTHORIZED,
                ErrorBody.of(refusal.words(), INVALID, null, "invalid_api_key"),
                null,
                challenge);
    }

    /** Returns 503 with {@code Retry-After}: the server has as many clients as it can bear. */
    public static ApiException overloaded(String message) {
        return unavailable(message + ". Try again later.", "overloaded", RETRY_SOON);
    }

    /**
     * Returns 429 or 503 with {@code Retry-After}: the caller's share of a pool of threads, or the
     * whole pool, is taken.
     */
    public static ApiException busy(PoolRefusedException refusal) {
        var message = String.valueOf(refusal.getMessage());
        return refusal.isShare()
                ? new ApiException(
                        HttpStatus.TOO_MANY_REQUESTS,
                        ErrorBody.of(
                                message + ". Try again later.",
                                "rate_limit_error",
                                null,
                                "share_full"),
                        RETRY_SOON)
                : overloaded(message);
    }

    /** Returns 503 with {@code Retry-After}: no replica takes requests now. */
    static ApiException noReplica(String message) {
        return unavailable(message, "not_ready", RETRY_SOON);
    }

    /** Returns 503 with {@code Retry-After}: the database is away, while serving goes on. */
    public static ApiException storeUnavailable(String message) {
        return unavailable(
                message + ". Serving goes on without it; try again later.",
                "store_unavailable",
                RETRY_AFTER_LOADING);
    }

    /** Returns 500: the server could not continue. */
    public static ApiException failed(String message) {
        return of(HttpStatus.INTERNAL_SERVER_ERROR, message);
    }

    /**
     * Returns the error of a request that failed: 503 if its adapter is not there or the server is
     * stopping, else 500.
     */
    public static ApiException failed(Failed failed) {
        return switch (failed.code()) {
            case ADAPTER_NOT_LOADED ->
                    unavailable(failed.message(), "adapter_unavailable", RETRY_SOON);
            case ADAPTER_UNAVAILABLE, ADAPTER_TOO_LARGE ->
                    unavailable(failed.message(), "adapter_unavailable", null);
            case SHUTTING_DOWN, NO_ROOM, NO_REPLICA ->
                    unavailable(failed.message(), "not_ready", RETRY_SOON);
            // The request's own parameters leave none.
            case NO_TOKEN_POSSIBLE -> invalid(null, failed.message());
            case REPLICA_FAULT, DUPLICATE_ID, LOGITS_NOT_FINITE -> failed(failed.message());
        };
    }

    /**
     * Returns the answer to a refusal of {@link GenerationService#submit} or to a replay that
     * failed, or {@code refusal}.
     */
    public static RuntimeException refused(RuntimeException refusal) {
        var message = String.valueOf(refusal.getMessage());
        return switch (refusal) {
            case QueueFullException _ -> queueFull(message);
            case ConstraintMemoryException _ ->
                    new ApiException(
                            HttpStatus.TOO_MANY_REQUESTS,
                            ErrorBody.of(message, "rate_limit_error", null, "constraint_memory"),
                            RETRY_SOON);
            case NoSuchAdapterException _ -> noSuchModel(message + ", or not any more.");
            case NoReplicaException _ -> noReplica(message);
            case ReplayFailedException replay -> failed(replay.failure());
            case IllegalStateException _ -> of(HttpStatus.SERVICE_UNAVAILABLE, message);
            case CompletionException wrapped
                    when wrapped.getCause() instanceof RuntimeException e ->
                    refused(e);
            case IllegalArgumentException _ -> invalid(null, message);
            default -> refusal;
        };
    }

    private static ApiException unavailable(
            String message, String code, @Nullable Duration retryAfter) {
        return new ApiException(
                HttpStatus.SERVICE_UNAVAILABLE,
                ErrorBody.of(message, "server_error", null, code),
                retryAfter);
    }

    private static ApiException badRequest(String message, @Nullable String param, String code) {
        return new ApiException(
                HttpStatus.BAD_REQUEST, ErrorBody.of(message, INVALID, param, code), null);
    }

    /**
     * Returns the refusal in the words of a call that names parameters otherwise.
     *
     * @param names by the name that is replaced
     */
    public ApiException named(Map<String, String> names) {
        var message = body.error().message();
        var param = body.error().param();
        for (var name : names.entrySet()) {
            message = message.replace("'" + name.getKey() + "'", "'" + name.getValue() + "'");
            if (param != null && param.startsWith(name.getKey())) {
                param = name.getValue();
            }
        }
        var error = ErrorBody.of(message, body.error().type(), param, body.error().code());
        return new ApiException(status, error, retryAfter, challenge);
    }

    /** Returns the parameter that is to blame; empty if none is. */
    public Optional<String> parameter() {
        return Optional.ofNullable(body.error().param());
    }

    /** Returns the status of the answer. */
    public HttpStatus status() {
        return status;
    }

    public ErrorBody body() {
        return body;
    }

    Optional<String> challenge() {
        return Optional.ofNullable(challenge);
    }

    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
