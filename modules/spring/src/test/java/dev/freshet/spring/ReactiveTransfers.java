package dev.freshet.spring;

import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Transactions by annotation, around calls of cached methods. */
class ReactiveTransfers {

    @Transactional
    public <T> Mono<T> required(Mono<T> work) {
        return work;
    }

    @Transactional
    public <T> Flux<T> requiredOfMany(Flux<T> work) {
        return work;
    }

    @Transactional(propagation = Propagation.REQUIRES_NEW)
    public <T> Mono<T> requiresNew(Mono<T> work) {
        return work;
    }

    @Transactional(propagation = Propagation.NESTED)
    public <T> Mono<T> nested(Mono<T> work) {
        return work;
    }

    @Transactional(propagation = Propagation.NOT_SUPPORTED)
    public <T> Mono<T> outside(Mono<T> work) {
        return work;
    }
}
