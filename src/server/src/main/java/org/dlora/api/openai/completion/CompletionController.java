package org.dlora.api.openai.completion;

import java.util.ArrayList;
import java.util.OptionalInt;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.CallIdentity;
import org.dlora.api.openai.call.RequestLimits;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.web.ApiException;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

@RestController
public final class CompletionController {
    /** Most output tokens of a request that sets no limit; OpenAI's default. */
    private static final int DEFAULT_MAX_TOKENS = 16;

    private final BodyReader bodyReader;
    private final Replies replies;

    CompletionController(BodyReader bodyReader, Replies replies) {
        this.bodyReader = bodyReader;
        this.replies = replies;
    }

    @PostMapping(path = "/v1/completions", consumes = MediaType.APPLICATION_JSON_VALUE)
    Mono<Void> complete(
            @RequestBody(required = false) Mono<byte[]> body, ServerWebExchange exchange) {
        var identity = CallIdentity.of(exchange);
        return replies.limited(
                exchange,
                bodyReader
                        .readCall(body, (json, served) -> read(json, served, identity))
                        .flatMap(completion -> reply(exchange, completion)));
    }

    /** Runs a completion and answers it. */
    public Mono<Void> reply(ServerWebExchange exchange, CompletionCall completion) {
        return replies.reply(
                exchange.getResponse(),
                completion.call(),
                completion::whole,
                () -> new CompletionChunks(completion));
    }

    /**
     * Returns the completion of a body. Blocks while its prompts are tokenised.
     *
     * @throws ApiException if it is refused
     */
    public CompletionCall read(ObjectNode body, ServedModel served, CallIdentity identity) {
        var request = CompletionRequest.read(body, served, identity.access());
        boolean promptOnly = request.maxTokens().orElse(DEFAULT_MAX_TOKENS) == 0;
        var asked = promptOnly ? OptionalInt.of(1) : request.maxTokens();
        var prompts = new ArrayList<int[]>();
        var maxTokens = new ArrayList<Integer>();
        var echoes = new ArrayList<Echo>();
        for (var prompt : request.prompts()) {
            if (prompt instanceof Prompt.Text(var text)) {
                RequestLimits.checkText(served, "prompt", text, request.promptOptions().cuts());
            }
            var all = prompt.tokens(served.tokenizer(), request.addSpecialTokens());
            var tokens = request.promptOptions().keep(all, served);
            var echoed = tokens.length == all.length ? prompt : new Prompt.Tokens(tokens);
            prompts.add(tokens);
            maxTokens.add(
                    RequestLimits.maxTokens(
                            served, "prompt", tokens.length, asked, DEFAULT_MAX_TOKENS));
            echoes.add(
                    request.echo()
                            ? echoed.echo(served.tokenizer(), tokens, request.addSpecialTokens())
                            : Echo.NONE);
        }
        var call =
                Call.of(
                        "cmpl-",
                        identity,
                        request.model(),
                        request.selected(),
                        request.options(),
                        prompts,
                        maxTokens,
                        request.logprobs(),
                        Math.max(
                                request.echo() ? request.logprobs() : -1,
                                request.promptOptions().logprobs()),
                        true);
        return new CompletionCall(
                promptOnly ? call.ofPromptsOnly() : call,
                request.logprobs(),
                request.promptOptions().logprobs(),
                promptOnly,
                request.echo(),
                echoes);
    }
}
