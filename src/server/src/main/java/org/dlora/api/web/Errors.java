package org.dlora.api.web;

import static java.util.stream.Collectors.joining;

import java.util.regex.Pattern;
import org.dlora.api.connections.TooManyBodiesException;
import org.dlora.api.pools.PoolRefusedException;
import org.dlora.operate.ClosedAdministrationException;
import org.dlora.operate.CommandRefusedException;
import org.dlora.operate.NotReadyException;
import org.dlora.security.AccessChangeException;
import org.dlora.security.AccessRefusedException;
import org.dlora.security.AccessUnavailableException;
import org.dlora.security.limits.LimitExceededException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.UnsupportedMediaTypeStatusException;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.util.DisconnectedClientHelper;
import reactor.core.publisher.Mono;

/**
 * Handler that answers every error in OpenAI's shape: refusals, wrong paths, methods and media
 * types, bodies that are too large, and defects.
 */
public final class Errors implements WebExceptionHandler {
    private static final Logger log = LoggerFactory.getLogger(Errors.class);

    /** Status of a request whose client has gone away, as nginx counts it. */
    private static final HttpStatusCode CLIENT_GONE = HttpStatusCode.valueOf(499);

    /** The name of a class, which some of the framework's refusals have. */
    private static final Pattern CLASS = Pattern.compile("\\b(?:java|org|reactor|tools)\\.\\w");

    private static final String TOO_LARGE =
            "The body is larger than the server takes. Send less at once; its operator can raise the limit.";

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable e) {
        var response = exchange.getResponse();
        if (response.isCommitted()) {
            return Mono.error(e);
        }
        if (isGone(response, e)) {
            return leave(response);
        }
        var refusal = refusal(e, exchange);
        response.setStatusCode(refusal.status());
        response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
        refusal.retryAfter()
                .ifPresent(after ->
                        response.getHeaders()
                                .set(HttpHeaders.RETRY_AFTER, String.valueOf(after.toSeconds())));
        refusal.challenge()
                .ifPresent(challenge ->
                        response.getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, challenge));
        if (e instanceof MethodNotAllowedException wrongMethod) {
            response.getHeaders().setAllow(wrongMethod.getSupportedMethods());
        }
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(Json.bytes(refusal.body()))));
    }

    private static boolean isGone(ServerHttpResponse response, Throwable e) {
        return DisconnectedClientHelper.isClientDisconnectedException(e)
                && !ConnectionThread.channel(response).isActive();
    }

    /**
     * Ends a request whose client has gone away, or has been told already that the request is not
     * HTTP. The status is for the metrics.
     */
    private static Mono<Void> leave(ServerHttpResponse response) {
        response.setStatusCode(
                DecodingFailureHandler.answer(ConnectionThread.channel(response))
                        .<HttpStatusCode>map(ApiException::status)
                        .orElse(CLIENT_GONE));
        return response.setComplete();
    }

    /** Returns the error event of a stream that has begun. */
    public static ErrorBody body(Throwable e) {
        return switch (e) {
            case ApiException refusal -> refusal.body();
            case AccessRefusedException refusal -> ApiException.refused(refusal).body();
            case ClosedAdministrationException closed -> ApiException.closed(closed).body();
            case NotReadyException _ -> ApiException.notReady().body();
            default -> defect(e).body();
        };
    }

    private static ApiException refusal(Throwable e, ServerWebExchange exchange) {
        var request = exchange.getRequest();
        return switch (e) {
            case ApiException refusal -> refusal;
            case AccessRefusedException refusal -> ApiException.refused(refusal);
            case CommandRefusedException refusal -> ApiException.refused(refusal);
            case LimitExceededException limit -> LimitRefusal.of(limit);
            case AccessChangeException refusal -> ApiException.refused(refusal);
            case AccessUnavailableException away ->
                    ApiException.storeUnavailable(String.valueOf(away.getMessage()));
            case ClosedAdministrationException closed -> ApiException.closed(closed);
            case NotReadyException _ -> ApiException.notReady();
            case PoolRefusedException busy -> ApiException.busy(busy);
            case TooManyBodiesException busy ->
                    ApiException.overloaded(String.valueOf(busy.getMessage()));
            case MethodNotAllowedException wrong ->
                    ApiException.of(
                            HttpStatus.METHOD_NOT_ALLOWED,
                            wrong.getHttpMethod()
                                    + " is not allowed for "
                                    + request.getPath()
                                    + "; use "
                                    + wrong.getSupportedMethods().stream()
                                            .map(HttpMethod::name)
                                            .sorted()
                                            .collect(joining(", "))
                                    + ".");
            case UnsupportedMediaTypeStatusException _ ->
                    ApiException.of(
                            HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                            "The Content-Type must be application/json, but is "
                                    + request.getHeaders().getFirst(HttpHeaders.CONTENT_TYPE)
                                    + ".");
            case InvalidMediaTypeException _ ->
                    ApiException.of(
                            HttpStatus.BAD_REQUEST,
                            "The Content-Type is malformed; expected one such as application/json.");
            case ResponseStatusException _ when tooLarge(e) ->
                    ApiException.of(HttpStatus.CONTENT_TOO_LARGE, TOO_LARGE);
            case ResponseStatusException status
                    when status.getStatusCode().isSameCodeAs(HttpStatus.NOT_FOUND) ->
                    ApiException.of(
                            HttpStatus.NOT_FOUND,
                            KnownPaths.nothingAt(request.getMethod(), request.getPath().value()));
            case ResponseStatusException status ->
                    ApiException.of(known(status.getStatusCode()), reason(status));
            default ->
                    tooLarge(e)
                            ? ApiException.of(HttpStatus.CONTENT_TOO_LARGE, TOO_LARGE)
                            : defect(e);
        };
    }

    private static String reason(ResponseStatusException status) {
        var reason = status.getReason();
        return reason == null || CLASS.matcher(reason).find()
                ? "The server cannot read this call: check its path, its query, its headers and its body."
                : reason;
    }

    private static boolean tooLarge(Throwable e) {
        for (var cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof DataBufferLimitException) {
                return true;
            }
        }
        return e instanceof ResponseStatusException status
                && status.getStatusCode().isSameCodeAs(HttpStatus.CONTENT_TOO_LARGE);
    }

    private static HttpStatus known(HttpStatusCode code) {
        var status = HttpStatus.resolve(code.value());
        return status == null ? HttpStatus.INTERNAL_SERVER_ERROR : status;
    }

    private static ApiException defect(Throwable e) {
        log.error("A request failed", e);
        return ApiException.failed("The server failed to answer; its log says why.");
    }
}
