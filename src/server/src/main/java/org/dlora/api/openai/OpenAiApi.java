package org.dlora.api.openai;

import java.util.Optional;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.call.BodyReader;
import org.dlora.api.openai.call.CallLimits;
import org.dlora.api.openai.call.CallTrace;
import org.dlora.api.openai.call.RequestIdFilter;
import org.dlora.api.openai.call.Serving;
import org.dlora.api.openai.chat.AnswerSettings;
import org.dlora.api.openai.chat.ChatCalls;
import org.dlora.api.openai.chat.ChatController;
import org.dlora.api.openai.chat.ChatRuns;
import org.dlora.api.openai.chat.WholeChats;
import org.dlora.api.openai.completion.CompletionController;
import org.dlora.api.pools.PoolsSettings;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ChatAnswers;
import org.dlora.api.web.DecodingFailureHandler;
import org.dlora.api.web.EncodedBodyFilter;
import org.dlora.api.web.Errors;
import org.dlora.api.web.HttpSettings;
import org.dlora.api.web.RepeatedCalls;
import org.dlora.api.web.ServerStop;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Administration;
import org.dlora.operate.adapters.AdapterCommands;
import org.dlora.operate.adapters.TeamQuota;
import org.dlora.security.limits.Limiter;
import org.dlora.security.limits.SharedGate;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.WebExceptionHandler;
import org.springframework.web.server.WebFilter;
import reactor.netty.NettyPipeline;

/**
 * The OpenAI-compatible endpoints. They need {@link HttpSettings}, and answer 503 until {@link
 * Serving#begin}.
 */
@Configuration(proxyBeanMethods = false)
@Import({
    AdaptersController.class,
    ChatController.class,
    CompletionController.class,
    FillInController.class,
    InvocationsController.class,
    ModelsController.class,
    TokenController.class,
    TokenizerInfoController.class,
    StatusController.class
})
public class OpenAiApi {

    @Bean
    Serving serving() {
        return new Serving();
    }

    @Bean
    Administration administration() {
        return new Administration();
    }

    @Bean
    ServerStop serverStop() {
        return new ServerStop();
    }

    @Bean
    WorkPools workPools(ObjectProvider<PoolsSettings> settings) {
        return new WorkPools(settings.getIfAvailable(() -> PoolsSettings.USUAL));
    }

    @Bean
    BodyReader bodyReader(Serving serving, WorkPools pools) {
        return new BodyReader(serving, pools);
    }

    @Bean
    Replies replies(HttpSettings settings, CallLimits limits, WorkPools pools) {
        return new Replies(settings.ping(), limits, pools);
    }

    @Bean
    ChatCalls chatCalls(HttpSettings settings, ObjectProvider<AnswerSettings> answers) {
        return new ChatCalls(settings.clock(), answers.getIfAvailable(() -> AnswerSettings.AUTO));
    }

    @Bean
    ChatAnswers chatAnswers(
            Serving serving,
            WorkPools pools,
            ChatCalls calls,
            Replies replies,
            HttpSettings settings) {
        return new WholeChats(serving, pools, calls, replies, settings.clock());
    }

    @Bean
    RepeatedCalls repeatedCalls(Serving serving, HttpSettings settings) {
        return (body, access) ->
                new SentCall(body, serving.require(), access, settings.clock().getZone());
    }

    @Bean
    ChatRuns chatRuns(ChatCalls calls, Replies replies) {
        return new ChatRuns(calls, replies);
    }

    /** Returns the limits of calls; there are none without a {@link Limiter}. */
    @Bean
    CallLimits callLimits(ObjectProvider<Limiter> limiter, ObjectProvider<SharedGate> shared) {
        return new CallLimits(
                Optional.ofNullable(limiter.getIfAvailable()),
                Optional.ofNullable(shared.getIfAvailable()));
    }

    /** Returns the feed of changes, those by administrators among them. */
    @Bean
    ClusterEvents clusterEvents(HttpSettings settings) {
        return new ClusterEvents(settings.clock());
    }

    @Bean
    AdapterCommands adapterCommands(
            Administration administration, ClusterEvents events, ObjectProvider<TeamQuota> quota) {
        return new AdapterCommands(
                administration, events, quota.getIfAvailable(() -> TeamQuota.NONE));
    }

    @Bean
    WebFilter requestIds(HttpSettings settings, ObjectProvider<CallTrace> trace) {
        return new RequestIdFilter(settings, trace.getIfAvailable(() -> CallTrace.NONE));
    }

    @Bean
    WebFilter encodedBodies() {
        return new EncodedBodyFilter();
    }

    /** Answers input that is not valid HTTP, in place of Reactor Netty. */
    @Bean
    NettyServerCustomizer decodingFailures() {
        return server ->
                server.doOnChannelInit((_, channel, _) -> {
                    var pipeline = channel.pipeline();
                    // It comes later where a connection may speak HTTP/2, which is off by
                    // default.
                    if (pipeline.get(NettyPipeline.HttpTrafficHandler) != null) {
                        pipeline.addBefore(
                                NettyPipeline.HttpTrafficHandler,
                                DecodingFailureHandler.class.getName(),
                                new DecodingFailureHandler());
                    }
                });
    }

    /**
     * Answers errors in OpenAI's shape. It comes before Spring Boot's handler, which has another
     * one.
     */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    WebExceptionHandler errors() {
        return new Errors();
    }
}
