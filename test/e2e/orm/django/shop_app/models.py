"""The models of shop.py."""
# SPDX-License-Identifier: Apache-2.0
from django.db import models


class Maker(models.Model):
    name = models.CharField(max_length=80, unique=True)
    founded = models.DateField(null=True)


class Tag(models.Model):
    word = models.SlugField(unique=True)


class Item(models.Model):
    maker = models.ForeignKey(Maker, on_delete=models.CASCADE, related_name="items")
    name = models.CharField(max_length=80, db_index=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    made = models.DateTimeField()
    data = models.JSONField(default=dict)
    tags = models.ManyToManyField(Tag)
    on = models.BooleanField(default=True)
    weight = models.FloatField(null=True)
    span = models.DurationField(null=True)
    blob = models.BinaryField(null=True)
    key = models.UUIDField(null=True)

    class Meta:
        unique_together = [("maker", "name")]
        constraints = [models.CheckConstraint(check=models.Q(price__gte=0), name="price_positive")]
