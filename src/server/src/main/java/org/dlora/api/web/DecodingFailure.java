package org.dlora.api.web;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.regex.Pattern;
import org.dlora.api.connections.LargeFormException;
import org.dlora.api.connections.SlowRequestException;
import org.dlora.api.connections.TooManyConnectionsException;
import org.springframework.http.HttpStatus;

/** Refusals of requests that the HTTP decoder does not take. */
final class DecodingFailure {
    private static final int SHOWN = 200;
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private DecodingFailure() {}

    /** Returns 408, 413, 414, 431, 503 or 400, by the error. */
    static ApiException refusal(Throwable cause) {
        var found = String.valueOf(cause.getMessage());
        return switch (cause) {
            case TooLongHttpLineException _ ->
                    ApiException.of(
                            HttpStatus.URI_TOO_LONG,
                            "The first line of the request is longer than the server takes%s. Shorten the path and the query."
                                    .formatted(limit(found)));
            case TooLongHttpHeaderException _ ->
                    ApiException.of(
                            HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                            "The headers of the request are larger than the server takes%s. Send fewer or shorter ones."
                                    .formatted(limit(found)));
            case SlowRequestException _ ->
                    ApiException.of(
                            HttpStatus.REQUEST_TIMEOUT,
                            found
                                    + ". Send it without long pauses (the settings dlora.http.head-timeout and dlora.http.body-timeout).");
            case LargeFormException _ -> ApiException.of(HttpStatus.CONTENT_TOO_LARGE, found + ".");
            case TooManyConnectionsException _ -> ApiException.overloaded(found);
            default ->
                    ApiException.of(
                            HttpStatus.BAD_REQUEST,
                            "The request is not valid HTTP/1.1: "
                                    + line(found).replaceFirst("\\.$", "")
                                    + ".");
        };
    }

    /** Returns 400 for a target that is no URI. */
    static ApiException wrongTarget() {
        return ApiException.of(
                HttpStatus.BAD_REQUEST,
                "The target of the request is not a valid URI. Percent-encode all characters that a URI may not have.");
    }

    /** Returns the whole answer with which a connection ends. */
    static FullHttpResponse response(ApiException refusal) {
        var body = Unpooled.wrappedBuffer(Json.bytes(refusal.body()));
        var response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.valueOf(refusal.status().value()),
                        body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        refusal.retryAfter()
                .ifPresent(after ->
                        response.headers()
                                .setInt(
                                        HttpHeaderNames.RETRY_AFTER,
                                        Math.toIntExact(after.toSeconds())));
        return response;
    }

    /** Returns a text out of a request as a log may have it: one line of at most 200 characters. */
    static String line(String text) {
        var shown = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
        return shown.replaceAll("\\p{Cntrl}", "?");
    }

    /** Returns the limit that was exceeded in words; the decoder states it in its message alone. */
    private static String limit(String message) {
        var number = NUMBER.matcher(message);
        return number.find() ? " (%s bytes)".formatted(number.group()) : "";
    }
}
