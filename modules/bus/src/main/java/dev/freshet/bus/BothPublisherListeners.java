package dev.freshet.bus;

/** Two listeners as one: the second is called even if the first throws. */
record BothPublisherListeners(PublisherListener first, PublisherListener second) implements PublisherListener {

    @Override
    public void appended(String region, int records, int invalidations, long elapsedNanos) {
        try {
            first.appended(region, records, invalidations, elapsedNanos);
        } finally {
            second.appended(region, records, invalidations, elapsedNanos);
        }
    }

    @Override
    public void duplicatesDropped(String region, int duplicates) {
        try {
            first.duplicatesDropped(region, duplicates);
        } finally {
            second.duplicatesDropped(region, duplicates);
        }
    }

    @Override
    public void refused(UnavailableException.Reason reason, int changes) {
        try {
            first.refused(reason, changes);
        } finally {
            second.refused(reason, changes);
        }
    }

    @Override
    public void changedInFuture(String region) {
        try {
            first.changedInFuture(region);
        } finally {
            second.changedInFuture(region);
        }
    }

    @Override
    public void epochBegan(String region) {
        try {
            first.epochBegan(region);
        } finally {
            second.epochBegan(region);
        }
    }

    @Override
    public void appendedAgain(String region, int records) {
        try {
            first.appendedAgain(region, records);
        } finally {
            second.appendedAgain(region, records);
        }
    }

    @Override
    public void recordsUnproven(String region, boolean isInvalidated) {
        try {
            first.recordsUnproven(region, isInvalidated);
        } finally {
            second.recordsUnproven(region, isInvalidated);
        }
    }

    @Override
    public void handedBack(String region) {
        try {
            first.handedBack(region);
        } finally {
            second.handedBack(region);
        }
    }

    @Override
    public void connected(String node) {
        try {
            first.connected(node);
        } finally {
            second.connected(node);
        }
    }

    @Override
    public void disconnected(String node, String why) {
        try {
            first.disconnected(node, why);
        } finally {
            second.disconnected(node, why);
        }
    }
}
