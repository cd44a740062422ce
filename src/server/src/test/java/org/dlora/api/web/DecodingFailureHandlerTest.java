package org.dlora.api.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Order of answers on one connection whose input turns out to be no HTTP. */
class DecodingFailureHandlerTest {
    private final EmbeddedChannel channel = new EmbeddedChannel(new DecodingFailureHandler());

    @AfterEach
    void free() {
        channel.finishAndReleaseAll();
    }

    private static <T extends HttpObject> T broken(T part) {
        part.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("a test")));
        return part;
    }

    private static DefaultHttpRequest head() {
        return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
    }

    private static DefaultFullHttpRequest whole() {
        return new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    }

    private static FullHttpResponse answer(HttpResponseStatus status, String body) {
        return new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(body, UTF_8));
    }

    private static HttpContent content(String text) {
        return new DefaultHttpContent(Unpooled.copiedBuffer(text, UTF_8));
    }

    private void assertRefusedNext() {
        FullHttpResponse refusal = channel.readOutbound();
        assertThat(refusal.status().code()).isEqualTo(400);
        assertThat(refusal.content().toString(UTF_8)).contains("is not valid HTTP/1.1: a test");
        refusal.release();
        assertThat(channel.isOpen()).isFalse();
        assertThat(DecodingFailureHandler.answer(channel)).isPresent();
    }

    @Test
    void readableRequestsGoThrough() {
        var request = whole();
        channel.writeInbound(request);
        assertThat(channel.<Object>readInbound()).isSameAs(request);
        var response = answer(HttpResponseStatus.OK, "ok");
        channel.writeOutbound(response);
        assertThat(channel.<Object>readOutbound()).isSameAs(response);
        assertThat(channel.isOpen()).isTrue();
        assertThat(DecodingFailureHandler.answer(channel)).isEmpty();
    }

    @Test
    void aHeadThatCannotBeReadIsAnsweredAtOnce() {
        channel.writeInbound(broken(head()));
        assertThat(channel.<Object>readInbound()).isNull();
        assertRefusedNext();
    }

    @Test
    void aRequestOfAnotherVersionIsRefused() {
        channel.writeInbound(
                new DefaultHttpRequest(HttpVersion.valueOf("HTTP/2.0"), HttpMethod.GET, "/"));
        FullHttpResponse refusal = channel.readOutbound();
        assertThat(refusal.content().toString(UTF_8)).contains("its version is HTTP/2.0");
        refusal.release();
    }

    /** HTTP/1.1 answers in the order of requests, so the error waits for the answers before it. */
    @Test
    void theErrorComesAfterTheAnswersToAllEarlierRequests() {
        channel.writeInbound(whole(), whole(), broken(head()));
        assertThat(channel.<Object>readOutbound()).isNull();

        channel.writeOutbound(answer(HttpResponseStatus.OK, "first"));
        assertThat(text()).isEqualTo("first");
        assertThat(channel.<Object>readOutbound()).isNull();
        assertThat(channel.isOpen()).isTrue();

        channel.writeOutbound(answer(HttpResponseStatus.OK, "second"));
        assertThat(text()).isEqualTo("second");
        assertRefusedNext();
    }

    /** 100 Continue is no answer yet. */
    @Test
    void anInterimAnswerIsNotCounted() {
        channel.writeInbound(whole(), broken(head()));
        channel.writeOutbound(answer(HttpResponseStatus.CONTINUE, ""));
        assertThat(text()).isEmpty();
        assertThat(channel.<Object>readOutbound()).isNull();
        channel.writeOutbound(answer(HttpResponseStatus.OK, "ok"));
        assertThat(text()).isEqualTo("ok");
        assertRefusedNext();
    }

    @Test
    void aBrokenBodyIsAnsweredInsteadOfTheRequest() {
        channel.writeInbound(head(), broken(content("x")));
        assertRefusedNext();
    }

    @Test
    void aBrokenBodyIsAnsweredAfterOtherRequestsOfTheConnectionToo() {
        channel.writeInbound(whole());
        channel.writeOutbound(answer(HttpResponseStatus.OK, "first"));
        assertThat(text()).isEqualTo("first");
        channel.writeInbound(head(), broken(content("x")));
        assertRefusedNext();
    }

    /** The status has been sent, so the answer ends as it is, and then the connection. */
    @Test
    void aBrokenBodyEndsAnAnswerThatHasBegun() {
        channel.writeInbound(head());
        channel.writeOutbound(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
        channel.writeInbound(broken(content("x")));
        assertThat(channel.isOpen()).isTrue();
        channel.writeOutbound(new DefaultLastHttpContent(Unpooled.copiedBuffer("end", UTF_8)));
        assertThat(((DefaultHttpResponse) channel.readOutbound()).status().code()).isEqualTo(200);
        assertThat(text()).isEqualTo("end");
        assertThat(channel.<Object>readOutbound()).isNull();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void bytesWrittenAfterTheErrorAreDropped() {
        channel.writeInbound(head(), broken(content("x")));
        assertRefusedNext();
        var late = answer(HttpResponseStatus.OK, "late");
        var _ = channel.pipeline().write(late);
        assertThat(late.refCnt()).isZero();
    }

    @Test
    void bytesReadAfterTheErrorAreReleased() {
        channel.writeInbound(whole(), broken(head()));
        var rest = content("rest");
        channel.writeInbound(rest);
        assertThat(rest.refCnt()).isZero();
        var another = whole();
        channel.writeInbound(another);
        assertThat(another.refCnt()).isZero();
        channel.writeOutbound(answer(HttpResponseStatus.OK, "ok"));
        assertThat(text()).isEqualTo("ok");
        assertRefusedNext();
    }

    /** A body may turn out broken when its answer is long gone; there is nobody to tell. */
    @Test
    void aBrokenBodyOfARequestThatWasAnsweredClosesTheConnection() {
        channel.writeInbound(head());
        channel.writeOutbound(answer(HttpResponseStatus.OK, "early"));
        channel.writeInbound(broken(content("x")));
        assertThat(text()).isEqualTo("early");
        assertThat(channel.<Object>readOutbound()).isNull();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aClientThatGoesAwayInTheMiddleIsNotAnswered() {
        var cut = content("x");
        cut.setDecoderResult(DecoderResult.failure(new PrematureChannelClosureException("gone")));
        channel.writeInbound(head(), cut);
        assertThat(channel.<Object>readOutbound()).isNull();
        assertThat(cut.refCnt()).isZero();
    }

    @Test
    void aBadRequestWithoutABodyIsExplained() {
        channel.writeInbound(whole());
        channel.writeOutbound(answer(HttpResponseStatus.BAD_REQUEST, ""));
        assertThat(text()).contains("The target of the request is not a valid URI.");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aBadRequestWithABodyStaysAsItIs() {
        channel.writeInbound(whole());
        channel.writeOutbound(answer(HttpResponseStatus.BAD_REQUEST, "{}"));
        assertThat(text()).isEqualTo("{}");
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void aResetEndsTheConnectionAndOtherErrorsGoOn() {
        channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
        channel.checkException();
        assertThat(channel.isOpen()).isFalse();
        channel.pipeline().fireExceptionCaught(new IllegalStateException("a defect"));
        assertThatThrownBy(channel::checkException).hasMessage("a defect");
    }

    private String text() {
        HttpContent part = channel.readOutbound();
        var text = part.content().toString(UTF_8);
        part.release();
        return text;
    }
}
