"""Addresses of the review desk and of the public review record."""

from django.urls import path

from articles import converters
from reviews.views import arrange, batches, compare, conversation, figures, find, queue, record, review, seat

converters.register()

app_name = "reviews"

urlpatterns = [
    path("review/", queue.queue, name="queue"),
    path("review/arrange/", arrange.arrange, name="arrange"),
    path("review/next/", queue.next_review, name="next"),
    path("review/<int:pk>/", review.review, name="review"),
    path("review/<int:pk>/take/", review.take, name="take"),
    path("review/<int:pk>/give-back/", review.give_back, name="give_back"),
    path("review/<int:pk>/speak/", conversation.speak, name="speak"),
    path("review/<int:pk>/renew/", review.renew, name="renew"),
    path("review/<int:pk>/skip/", seat.skip, name="skip"),
    path("review/<int:pk>/hand-over/", seat.hand_over, name="hand_over"),
    path("review/<int:pk>/undo/", seat.undo, name="undo"),
    path("review/articles/<int:pk>/compare/", compare.compare_two, name="compare"),
    path("review/batches/", batches.batches, name="batches"),
    path("review/find/", find.find, name="find"),
    path("review/revisions/<int:old>/<int:new>/", compare.compare_any, name="compare-any"),
    path("review/figures/", figures.show, name="figures"),
    path("review/figures/<slug:name>.csv", figures.as_csv, name="figures-csv"),
    path("articles/<word:slug>/record/", record.record, name="record"),
    path("articles/<word:slug>/record.json", record.record_json, name="record-json"),
]
