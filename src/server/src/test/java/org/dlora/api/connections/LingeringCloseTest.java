package org.dlora.api.connections;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ends of connections whose clients still send. */
class LingeringCloseTest {
    private static final int PART = 1 << 20;

    private boolean isSending = true;
    private int begun;
    private final EmbeddedChannel channel = channel();

    private EmbeddedChannel channel() {
        var made = new EmbeddedChannel(new LingeringClose(() -> isSending, () -> begun++));
        made.freezeTime();
        return made;
    }

    @AfterEach
    void free() {
        channel.finishAndReleaseAll();
    }

    private void pass(long milliseconds) {
        channel.advanceTimeBy(milliseconds, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    @Test
    void incomingBytesAreDroppedUntilTheTimeIsUp() {
        var closed = channel.pipeline().close();
        assertThat(channel.isOpen()).isTrue();
        var late = Unpooled.wrappedBuffer(new byte[] {1});
        channel.writeInbound(late);
        assertThat(late.refCnt()).isZero();
        assertThat(channel.<Object>readInbound()).isNull();
        pass(LingeringClose.LONGEST.toMillis() - 1);
        assertThat(channel.isOpen()).isTrue();
        assertThat(closed.isDone()).isFalse();
        pass(1);
        assertThat(channel.isOpen()).isFalse();
        assertThat(closed.isSuccess()).isTrue();
    }

    @Test
    void incomingBytesAreBounded() {
        var _ = channel.pipeline().close();
        long sent = 0;
        while (channel.isOpen() && sent < 2 * LingeringClose.MOST) {
            channel.writeInbound(Unpooled.wrappedBuffer(new byte[PART]));
            sent += PART;
        }
        assertThat(sent).isEqualTo(LingeringClose.MOST + PART);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aSecondCloseWaitsUnlessTheClientMaySendNoMore() {
        var first = channel.pipeline().close();
        var second = channel.pipeline().close();
        assertThat(channel.isOpen()).isTrue();
        assertThat(begun).isEqualTo(1);
        isSending = false;
        var _ = channel.pipeline().close();
        assertThat(channel.isOpen()).isFalse();
        assertThat(first.isSuccess()).isTrue();
        assertThat(second.isSuccess()).isTrue();
    }

    @Test
    void aClientThatSendsNothingIsClosedAtOnce() {
        isSending = false;
        var bytes = Unpooled.wrappedBuffer(new byte[] {1});
        channel.writeInbound(bytes);
        assertThat(channel.<Object>readInbound()).isSameAs(bytes);
        bytes.release();
        assertThat(channel.pipeline().close().isSuccess()).isTrue();
        assertThat(channel.isOpen()).isFalse();
    }
}
