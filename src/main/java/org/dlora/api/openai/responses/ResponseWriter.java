package org.dlora.api.openai.responses;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.dlora.api.openai.ChatEvent;
import org.dlora.api.openai.ChatLogprobs;
import org.dlora.api.openai.ChatRun;
import org.dlora.api.openai.ErrorBody;
import org.dlora.api.openai.Json;
import org.dlora.api.openai.ServerEvent;
import org.dlora.replica.FinishReason;
import org.jspecify.annotations.Nullable;

/**
 * Writer of one response, streamed or whole. The complete response is kept before its client gets
 * it, so that the client can go on from it at once. Used by one thread at a time.
 */
final class ResponseWriter implements ChatRun.Writer {
    private final ResponseRequest request;
    private final ChatRun run;
    private final ResponseStore store;
    private final Clock clock;
    private final StringBuilder text = new StringBuilder();
    private final List<ChatLogprobs.Entry> logprobs = new ArrayList<>();
    private final String message = ItemIds.next(ItemIds.MESSAGE);
    private boolean begun;
    private int number;

    ResponseWriter(ResponseRequest request, ChatRun run, ResponseStore store, Clock clock) {
        this.request = request;
        this.run = run;
        this.store = store;
        this.clock = clock;
    }

    /** Returns the JSON of the whole response. */
    byte[] whole(List<ChatEvent> events) {
        for (var event : events) {
            switch (event) {
                case ChatEvent.Text more -> add(more);
                case ChatEvent.End end -> {
                    text.append(end.text());
                    return Json.bytes(kept(end));
                }
            }
        }
        throw new IllegalStateException("The chat has not ended.");
    }

    @Override
    public List<ServerEvent> begin() {
        var response = body("in_progress", List.of(), null, null, null);
        return List.of(
                event(ResponseEvent.of("response.created", number++, response)),
                event(ResponseEvent.of("response.in_progress", number++, response)));
    }

    @Override
    public List<ServerEvent> text(ChatEvent.Text more) {
        var events = new ArrayList<ServerEvent>();
        open(events);
        add(more);
        // A token without text, held back or part of a character, is silent.
        if (!more.text().isEmpty() || !more.logprobs().isEmpty()) {
            events.add(delta(more.text(), more.logprobs()));
        }
        return events;
    }

    @Override
    public List<ServerEvent> end(ChatEvent.End end) {
        var events = new ArrayList<ServerEvent>();
        open(events);
        if (!end.text().isEmpty()) {
            text.append(end.text());
            events.add(delta(end.text(), List.of()));
        }
        var part = OutputText.of(text.toString(), List.copyOf(logprobs));
        events.add(event(ResponseEvent.text(number++, 0, message, part)));
        events.add(
                event(
                        ResponseEvent.part(
                                "response.content_part.done", number++, 0, message, part)));
        var response = kept(end);
        events.add(
                event(
                        ResponseEvent.item(
                                "response.output_item.done",
                                number++,
                                0,
                                response.output().getFirst())));
        events.add(event(ResponseEvent.of("response." + response.status(), number++, response)));
        return events;
    }

    @Override
    public List<ServerEvent> failed(ErrorBody.Detail error) {
        if (error.type().equals("server_error")) {
            var failure = new ResponseBody.Failure("server_error", error.message());
            var output = begun ? List.of(item("incomplete")) : List.<OutputItem>of();
            var response = body("failed", output, failure, null, null);
            return List.of(event(ResponseEvent.of("response.failed", number++, response)));
        }
        var broken =
                new ResponseEvent.Broken(
                        "error", error.code(), error.message(), error.param(), number++);
        return List.of(new ServerEvent("error", broken));
    }

    private void add(ChatEvent.Text more) {
        text.append(more.text());
        logprobs.addAll(more.logprobs());
    }

    /** Begins the message, once. */
    private void open(List<ServerEvent> events) {
        if (begun) {
            return;
        }
        begun = true;
        var item = OutputItem.message(message, "in_progress", List.of());
        events.add(event(ResponseEvent.item("response.output_item.added", number++, 0, item)));
        events.add(
                event(
                        ResponseEvent.part(
                                "response.content_part.added",
                                number++,
                                0,
                                message,
                                OutputText.of("", List.of()))));
    }

    private ServerEvent delta(String more, List<ChatLogprobs.Entry> ofTokens) {
        return event(ResponseEvent.delta(number++, 0, message, more, ofTokens));
    }

    private static ServerEvent event(ResponseEvent event) {
        return new ServerEvent(event.type(), event);
    }

    private OutputItem item(String status) {
        return OutputItem.message(
                message, status, List.of(OutputText.of(text.toString(), List.copyOf(logprobs))));
    }

    private ResponseBody kept(ChatEvent.End end) {
        var status = end.reason() == FinishReason.LENGTH ? "incomplete" : "completed";
        var usage = ResponseUsage.of(end.promptTokens(), end.cachedTokens(), end.outputTokens());
        var response = body(status, List.of(item(status)), null, usage, end.lateAdapter());
        if (request.echo().store()) {
            store.keep(
                    StoredResponse.of(
                            response, Json.bytes(response), request.items(), request.owner()));
        }
        return response;
    }

    private ResponseBody body(
            String status,
            List<OutputItem> output,
            ResponseBody.@Nullable Failure failure,
            @Nullable ResponseUsage usage,
            @Nullable String lateAdapter) {
        var echo = request.echo();
        return new ResponseBody(
                run.id(),
                "response",
                run.created(),
                status,
                false,
                status.equals("completed") ? clock.instant().getEpochSecond() : null,
                failure,
                status.equals("incomplete")
                        ? new ResponseBody.Incomplete("max_output_tokens")
                        : null,
                echo.instructions(),
                echo.maxOutputTokens(),
                echo.maxToolCalls(),
                echo.model(),
                output,
                echo.parallelToolCalls(),
                echo.previousResponseId(),
                echo.promptCacheKey(),
                ResponseBody.Reasoning.NONE,
                echo.safetyIdentifier(),
                "default",
                echo.store(),
                run.temperature(),
                echo.text(),
                echo.toolChoice(),
                echo.tools(),
                echo.topLogprobs(),
                run.topP(),
                "disabled",
                usage,
                echo.user(),
                echo.metadata(),
                lateAdapter);
    }
}
